import { setTimeout as sleep } from 'node:timers/promises';
import type { BadgeFault, CanonicalBadge } from '#core/contracts/badge.ts';
import { badgeFromUid } from '#core/badge/canonicalBadge.ts';
import { refuse } from '#core/result.ts';
import type { Result } from '#core/result.ts';
import type { LinkHandle, PcscAddon } from './addon.ts';

/** PC/SC part 3, GET DATA: the reader itself answers with the card's UID. */
const getUid = Uint8Array.of(0xff, 0xca, 0x00, 0x00, 0x00);

const retryPauseMs = 20;

/** A card that slides through the edge of the field fails like this and answers a moment later. */
const transientCodes: ReadonlySet<string> = new Set([
  'SCARD_E_NOT_TRANSACTED',
  'SCARD_E_SHARING_VIOLATION',
  'SCARD_F_COMM_ERROR',
  'SCARD_W_RESET_CARD',
  'SCARD_W_UNPOWERED_CARD',
]);

const faultOfCode: ReadonlyMap<string, BadgeFault> = new Map([
  ['SCARD_E_NO_SMARTCARD', 'cardRemoved'],
  ['SCARD_W_REMOVED_CARD', 'cardRemoved'],
  ['SCARD_W_UNRESPONSIVE_CARD', 'cardMute'],
  ['SCARD_W_UNSUPPORTED_CARD', 'cardMute'],
]);

/** One reading of one card. */
export interface UidReading {
  readonly addon: PcscAddon;
  readonly reader: string;
  /** pcscd's event counter when the card was seen; another one after the answer means another card gave it. */
  readonly count: number;
  readonly deadlineMs: number;
  /** False once the card has left: then nothing is tried again. */
  readonly isWanted: () => boolean;
}

/** Reads the UID of the card in the field, or says why not; settles within the deadline whatever the card does. */
export async function readUid(reading: UidReading): Promise<Result<CanonicalBadge, BadgeFault>> {
  const { signal, abort } = deadline(reading.deadlineMs);
  try {
    for (;;) {
      const outcome = await Promise.race([attempt(reading), signal]);
      if (outcome !== 'transient') return outcome;
      const paused = await Promise.race([sleep(retryPauseMs), signal]);
      if (paused) return refuse('readError');
      if (!reading.isWanted()) return refuse('cardRemoved');
    }
  } finally {
    abort();
  }
}

/** A link per attempt: one that a card holds for ever is left behind and ends when the card goes. */
async function attempt(
  reading: UidReading,
): Promise<Result<CanonicalBadge, BadgeFault> | 'transient'> {
  const { addon, reader, count } = reading;
  const link = addon.openLink(reader);
  try {
    const [reply, after] = await exchange(addon, link);
    if (!after.present || after.count !== count) return refuse('cardRemoved');
    return parseReply(reply);
  } catch (error) {
    const code = codeOf(error);
    if (transientCodes.has(code)) return 'transient';
    return refuse(faultOfCode.get(code) ?? 'readError');
  }
}

/** All jobs are posted at once and run in order on the link's thread: no way back to JS between them. */
function exchange(addon: PcscAddon, link: LinkHandle) {
  const connected = addon.connect(link);
  const reply = addon.transmit(link, getUid);
  const after = addon.status(link);
  const disconnected = addon.disconnect(link);
  addon.closeLink(link);
  // The first failure is the one that says why; the jobs behind it fail too and must not be left unheard.
  for (const job of [reply, after, disconnected]) job.catch(() => undefined);
  return connected.then(async () => [await reply, await after] as const);
}

function parseReply(reply: Uint8Array): Result<CanonicalBadge, BadgeFault> {
  const body = reply.subarray(0, reply.length - 2);
  const isSuccess = reply.at(-2) === 0x90 && reply.at(-1) === 0x00;
  return isSuccess ? badgeFromUid(body) : refuse('readError');
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return error.code;
  throw error;
}

function deadline(ms: number) {
  let timer: NodeJS.Timeout | undefined;
  const signal = new Promise<Result<CanonicalBadge, BadgeFault>>((resolve) => {
    timer = setTimeout(() => resolve(refuse('cardTimeout')), ms);
  });
  return { signal, abort: () => clearTimeout(timer) };
}
