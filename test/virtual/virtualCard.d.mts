/** What a card says to a command APDU; `null` is silence. */
export type Answer = (apdu: Buffer, card: VirtualCard) => Buffer | null | Promise<Buffer | null>;

export const atrMifare1k: Buffer;
export function answerUid(uidHex: string): Answer;
export const answerNothing: Answer;
export function answerAfter(delayMs: number, answer: Answer): Answer;

export interface VirtualCardOptions {
  readonly port: number;
  readonly uid?: string;
  readonly atr?: Buffer;
  readonly answer?: Answer;
}

export class VirtualCard {
  constructor(options: VirtualCardOptions);
  readonly port: number;
  readonly apdus: Buffer[];
  readonly inField: boolean;
  answer: Answer;
  insert(): Promise<number>;
  remove(options?: { abruptly?: boolean }): void;
}
