import type { Pcscd, PcscdOptions } from './pcscd.d.mts';

export function enterIsolation(options?: PcscdOptions): Promise<Pcscd>;
