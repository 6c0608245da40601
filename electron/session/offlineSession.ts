import { sealInfo } from '#core/contracts/sealing.ts';
import type { OfflineSession, OfflineSessionReply } from '#core/contracts/terminal.ts';
import { sealBox } from '../vault/sealing.ts';

/** Seals the proof of an offline login to the record server: this terminal cannot read it again. */
export function sealOfflineSession(session: OfflineSession, intakePublicKey: string): string {
  const recipient = Buffer.from(intakePublicKey, 'base64url');
  const plain = Buffer.from(JSON.stringify(session));
  return sealBox(recipient, plain, sealInfo.offlineSession).toString('base64url');
}

/** What becomes of a person whose offline login the record server has judged. */
export interface OfflineVerdict {
  /** The session may not go on. */
  readonly endSession: boolean;
  /** The person's slot on this terminal must not open again: it was judged wrong, or she was shut out. */
  readonly dropSlot: boolean;
}

/** Reads the server's answer. A session that is merely over costs nobody her slot. */
export function judgeOfflineReply(
  reply: Exclude<OfflineSessionReply, { status: 'later' }>,
): OfflineVerdict {
  if (reply.status === 'refused') return { endSession: true, dropSlot: true };
  const { over } = reply;
  return { endSession: over !== null, dropSlot: over !== null && over !== 'sessionEnded' };
}
