import type { AuditEntry } from '#core/contracts/audit.ts';

/** A SHA-256 given by the environment, so that the chain stays pure and runs on both sides of the wire. */
export type Sha256Hex = (bytes: Uint8Array) => string;

/** The hash before the first entry of a terminal's chain. */
export const chainStart = '0'.repeat(64);

type UnhashedEntry = Omit<AuditEntry, 'hash'>;

/**
 * The bytes an entry is hashed over: a JSON array with a version tag and every field in fixed order,
 * so that no two different entries share their bytes.
 */
export function canonicalEntryBytes(entry: UnhashedEntry): Uint8Array {
  const fields = [
    'wardkey/audit-entry/v1',
    entry.sequence,
    entry.entryId,
    entry.terminalId,
    entry.recordedAtMs,
    entry.action,
    entry.outcome,
    entry.personId,
    entry.sessionId,
    entry.patientIds,
    entry.subject,
    entry.purposeOfUse,
    entry.reason,
    entry.previousHash,
  ];
  return utf8(JSON.stringify(fields));
}

/** Completes an entry with its link of the chain. */
export function sealEntry(entry: UnhashedEntry, sha256: Sha256Hex): AuditEntry {
  return { ...entry, hash: sha256(canonicalEntryBytes(entry)) };
}

/** Where a chain first breaks, or null when it holds. `from` is the hash and sequence that the first entry must follow. */
export function findBreak(
  entries: readonly AuditEntry[],
  from: { readonly sequence: number; readonly hash: string },
  sha256: Sha256Hex,
): number | null {
  let { sequence, hash } = from;
  for (const entry of entries) {
    const { hash: claimed, ...rest } = entry;
    const linked = entry.sequence === sequence + 1 && entry.previousHash === hash;
    if (!linked || claimed !== sha256(canonicalEntryBytes(rest))) return entry.sequence;
    sequence = entry.sequence;
    hash = claimed;
  }
  return null;
}

/** UTF-8 without TextEncoder, which the pure core's type environment does not have. */
function utf8(text: string): Uint8Array {
  const bytes: number[] = [];
  const encoded = encodeURIComponent(text);
  for (let at = 0; at < encoded.length; at += 1) {
    if (encoded[at] === '%') {
      bytes.push(Number.parseInt(encoded.slice(at + 1, at + 3), 16));
      at += 2;
    } else {
      bytes.push(encoded.charCodeAt(at));
    }
  }
  return Uint8Array.from(bytes);
}
