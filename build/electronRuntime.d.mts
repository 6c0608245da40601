export interface ElectronRuntime {
  readonly origin: 'override' | 'official' | 'fallback';
  readonly dist: string;
  readonly executable: string;
}
export function electronRuntime(options?: {
  say?: (line: string) => void;
  verify?: boolean;
}): Promise<ElectronRuntime>;
export function refuseDevelopmentRuntime(dist: string): Promise<void>;
export function electronExecutable(): Promise<string>;
