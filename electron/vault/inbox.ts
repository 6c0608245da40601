import type { KeyObject } from 'node:crypto';
import * as v from 'valibot';
import { sealInfo } from '#core/contracts/sealing.ts';
import { inboxPageSchema, type InboxPage, type VaultAnswer } from '#core/contracts/vault.ts';
import type { WritableDb } from '#native/sqlite/query.ts';
import { readMeta } from './cacheFile.ts';
import { applyPage } from './feed.ts';
import { fromBase64Url } from './keys.ts';
import { unsealBox } from './sealing.ts';

function openPage(inboxKey: KeyObject, sealed: string): InboxPage | null {
  const plain = unsealBox(inboxKey, fromBase64Url(sealed), sealInfo.inboxBox);
  if (plain === null) return null;
  try {
    const page = v.safeParse(inboxPageSchema, JSON.parse(plain.toString('utf8')));
    return page.success ? page.output : null;
  } catch {
    return null;
  }
}

/**
 * Applies the pages that came while nobody was tapped in. A page that does not open, or is of another feed, ends the run: what
 * follows builds on it, and the cursor stays before it, so that the server is asked for all of it again.
 */
export function applyInbox(
  db: WritableDb,
  inboxKey: KeyObject,
  sealed: readonly string[],
): VaultAnswer<'inboxApply'> {
  const changed = new Set<string>();
  let applied = 0;
  for (const text of sealed) {
    const page = openPage(inboxKey, text);
    const feedEpoch = readMeta(db)?.feedEpoch ?? null;
    if (page === null || (feedEpoch !== null && page.feedEpoch !== feedEpoch)) break;
    applyPage(db, page, false).changedPatientIds.forEach((id) => changed.add(id));
    applied++;
  }
  const meta = readMeta(db);
  return {
    generation: meta?.generation ?? 0,
    cursor: meta?.cursor ?? null,
    changedPatientIds: [...changed],
    unreadable: sealed.length - applied,
    malformed: meta?.malformed ?? 0,
  };
}
