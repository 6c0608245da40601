import { readFileSync, renameSync, statSync } from 'node:fs';
import * as v from 'valibot';
import { leaseSchema, type Lease } from '#core/contracts/terminal.ts';
import { escrowSchema, slotSchema, type Escrow, type Slot } from '#core/contracts/vault.ts';
import { refuse, succeed, type Result } from '#core/result.ts';
import { openOnDevice, sealToDevice } from './deviceSeal.ts';
import { writeDurably } from './durableFile.ts';

/** Why a lease cannot be had from disk. */
export type LeaseRefusal = 'leaseExpired' | 'leaseMissing' | 'leaseDamaged';

/**
 * What stands on disk beside the cache so that its people can open it: their slots, the escrow for people new to this
 * terminal, and the leases. Nothing in it opens anything without PIN, badge, device secret and an unexpired lease.
 */
export interface KeyFile {
  /** The slot of the person who owns a badge; `badgeKey` is the badge's name on this terminal, a keyed hash. */
  slotOfBadge(badgeKey: string): Slot | null;
  /** Keeps a person's slot under the badge it was made with; her older one goes. */
  putSlot(slot: Slot, badgeKey: string): void;
  /**
   * Drops a person's slot, or only one of a lease epoch before `sinceEpoch`. A slot that the disk cannot let go of opens
   * nothing here any more all the same.
   */
  dropSlot(personId: string, sinceEpoch?: number): void;
  escrow(): Escrow | null;
  putEscrow(escrow: Escrow): void;
  /** The lease of one epoch while it lasts. */
  lease(epoch: number, nowMs: number): Result<Lease, LeaseRefusal>;
  /** Keeps a lease. One of another epoch goes, and with it what slots of that epoch could open: somebody was shut out since. */
  putLease(lease: Lease): void;
  /** Forgets slots and escrow: the cache that they open is gone. */
  dropCache(): void;
  /** Forgets the leases too: this terminal was shut out, nothing on its disk may open anything again. */
  dropAll(): void;
}

const sealedLeaseSchema = v.strictObject({
  epoch: leaseSchema.entries.epoch,
  notAfterMs: leaseSchema.entries.notAfterMs,
  sealed: v.string(),
});
const contentSchema = v.strictObject({
  version: v.literal(1),
  terminalId: v.string(),
  slots: v.array(v.strictObject({ badgeKey: v.string(), slot: slotSchema })),
  escrow: v.nullable(escrowSchema),
  leases: v.array(sealedLeaseSchema),
});
type Content = v.InferOutput<typeof contentSchema>;

const leaseUse = 'wardkey/lease-at-rest/v1';

/**
 * Opens the key file, or an empty one. A damaged file is set aside and `damaged` is true: its people log in through the
 * record server once more, nothing is lost by it.
 */
export function openKeyFile(
  path: string,
  terminalId: string,
  deviceSecret: Buffer,
): { readonly keyFile: KeyFile; readonly damaged: boolean } {
  const read = readContent(path, terminalId);
  if (!read.ok) renameSync(path, `${path}.damaged`);
  let content: Content = read.ok
    ? read.value
    : { version: 1, terminalId, slots: [], escrow: null, leases: [] };
  const replace = (next: Content) => {
    writeDurably(path, JSON.stringify(next), 0o600);
    // Only what is on disk counts: memory follows it.
    content = next;
  };
  const associatedOf = (lease: { epoch: number; notAfterMs: number }) => [
    terminalId,
    lease.epoch,
    lease.notAfterMs,
  ];
  const keyFile: KeyFile = {
    slotOfBadge: (badgeKey) =>
      content.slots.find((kept) => kept.badgeKey === badgeKey)?.slot ?? null,
    putSlot(slot, badgeKey) {
      const others = content.slots.filter((kept) => kept.slot.personId !== slot.personId);
      replace({ ...content, slots: [...others, { badgeKey, slot }] });
    },
    dropSlot(personId, sinceEpoch = Infinity) {
      const slots = content.slots.filter(
        ({ slot }) => slot.personId !== personId || slot.leaseEpoch >= sinceEpoch,
      );
      if (slots.length === content.slots.length) return;
      // Memory first, for once: a full disk must not keep a door open.
      content = { ...content, slots };
      replace(content);
    },
    escrow: () => content.escrow,
    putEscrow: (escrow) => replace({ ...content, escrow }),
    lease(epoch, nowMs) {
      const kept = content.leases.find((lease) => lease.epoch === epoch);
      if (kept === undefined) return refuse('leaseMissing');
      if (nowMs >= kept.notAfterMs) return refuse('leaseExpired');
      const opened = openOnDevice(deviceSecret, leaseUse, associatedOf(kept), kept.sealed);
      if (!opened.ok) return refuse('leaseDamaged');
      const secret = opened.value.toString('base64url');
      return succeed({ epoch, notAfterMs: kept.notAfterMs, secret });
    },
    putLease(lease) {
      const { epoch, notAfterMs } = lease;
      const secret = Buffer.from(lease.secret, 'base64url');
      const sealed = sealToDevice(deviceSecret, leaseUse, associatedOf(lease), secret);
      replace({ ...content, leases: [{ epoch, notAfterMs, sealed }] });
    },
    dropCache: () => replace({ ...content, slots: [], escrow: null }),
    dropAll() {
      const { slots, escrow, leases } = content;
      if (slots.length === 0 && escrow === null && leases.length === 0) return;
      content = { ...content, slots: [], escrow: null, leases: [] };
      replace(content);
    },
  };
  return { keyFile, damaged: !read.ok };
}

function readContent(path: string, terminalId: string): Result<Content, 'keyFileDamaged'> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    return succeed({ version: 1, terminalId, slots: [], escrow: null, leases: [] });
  }
  const parsed = v.safeParse(contentSchema, parseJson(readFileSync(path, 'utf8')));
  const ours = parsed.success && parsed.output.terminalId === terminalId;
  return ours ? succeed(parsed.output) : refuse('keyFileDamaged');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
