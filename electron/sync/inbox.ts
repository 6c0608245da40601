import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { sealInfo } from '#core/contracts/sealing.ts';
import type { InboxPage } from '#core/contracts/vault.ts';
import { openOnDevice, sealToDevice } from '#electron/identity/deviceSeal.ts';
import { syncDirectory, writeDurably } from '#electron/identity/durableFile.ts';
import { sealBox } from '#electron/vault/sealing.ts';
import type { InboxPageFacts } from './plan.ts';

const fileSchema = v.strictObject({
  version: v.literal(2),
  from: v.string(),
  to: v.string(),
  feedEpoch: v.string(),
  sealed: v.string(),
});

/** A page as it waits on disk. */
export interface WaitingPage extends InboxPageFacts {
  readonly number: number;
  readonly sealed: string;
}

/**
 * Pages of the feed that came while nobody was tapped in: only the cache's own key opens them. Anybody can seal to that key,
 * for its public half lies on the disk; so each page is sealed once more by the device, bound to its place in the row. One
 * that this terminal did not put there, or not like this, is refused, and all that follow it.
 */
export interface Inbox {
  /** Waiting pages in order, up to the first that is refused. */
  pages(cacheId: string): readonly WaitingPage[];
  /** The newest page; when that is refused the inbox is cleared and null: what it held is asked for again. */
  last(cacheId: string): WaitingPage | null;
  /** Durable when it returns. */
  add(cacheId: string, publicKey: string, from: string, page: InboxPage): void;
  remove(cacheId: string, numbers: readonly number[]): void;
  clear(cacheId: string): void;
  /** Removes what belongs to caches that are gone. */
  keepOnly(cacheId: string): void;
  bytes(cacheId: string): number;
}

const nameShape = /^(\d{8})\.json$/;
const folderShape = /^[A-Za-z0-9-]{1,64}$/;

const pageUse = 'wardkey/inbox-page/v1';

export interface InboxOptions {
  readonly deviceSecret: Uint8Array;
  /** A page was not this terminal's, or not as it was put there. */
  readonly onRefused: () => void;
}

/** The inbox in a folder of its own, one folder a cache, one file a page. */
export function createInbox(root: string, { deviceSecret, onRefused }: InboxOptions): Inbox {
  const folderOf = (cacheId: string): string => {
    if (!folderShape.test(cacheId)) throw new Error('invariant broken: a cache id fits a path');
    return join(root, cacheId);
  };
  const numbersOf = (cacheId: string): readonly number[] =>
    listFolder(folderOf(cacheId))
      .flatMap((name) => nameShape.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((left, right) => left - right);
  const fileOf = (cacheId: string, number: number) =>
    join(folderOf(cacheId), `${String(number).padStart(8, '0')}.json`);
  const readPage = (cacheId: string, number: number): WaitingPage | null => {
    const text = readFileSync(fileOf(cacheId, number), 'utf8');
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), fileSchema), text);
    const box = parsed.success ? openPage(deviceSecret, cacheId, number, parsed.output) : null;
    if (!parsed.success || box === null) {
      onRefused();
      return null;
    }
    const { from, to, feedEpoch } = parsed.output;
    return { number, from, to, feedEpoch, sealed: box.toString('base64url') };
  };
  const clear = (cacheId: string) => rmSync(folderOf(cacheId), { recursive: true, force: true });
  return {
    pages(cacheId) {
      const pages: WaitingPage[] = [];
      for (const number of numbersOf(cacheId)) {
        const page = readPage(cacheId, number);
        if (page === null) break;
        pages.push(page);
      }
      return pages;
    },
    last(cacheId) {
      const number = numbersOf(cacheId).at(-1);
      const page = number === undefined ? null : readPage(cacheId, number);
      if (number !== undefined && page === null) clear(cacheId);
      return page;
    },
    add(cacheId, publicKey, from, page) {
      const isNew = mkdirSync(folderOf(cacheId), { recursive: true, mode: 0o700 }) !== undefined;
      if (isNew) syncDirectory(root);
      const plain = Buffer.from(JSON.stringify(page), 'utf8');
      const recipient = Buffer.from(publicKey, 'base64url');
      const box = sealBox(recipient, plain, sealInfo.inboxBox);
      const number = (numbersOf(cacheId).at(-1) ?? 0) + 1;
      const { cursor: to, feedEpoch } = page;
      const place = placeOf(cacheId, number, { from, to, feedEpoch });
      const sealed = sealToDevice(deviceSecret, pageUse, place, box);
      const content = JSON.stringify({ version: 2, from, to, feedEpoch, sealed });
      writeDurably(fileOf(cacheId, number), content, 0o600);
    },
    remove(cacheId, numbers) {
      for (const number of numbers) rmSync(fileOf(cacheId, number), { force: true });
    },
    clear,
    keepOnly(cacheId) {
      for (const name of listFolder(root)) {
        if (name !== cacheId) rmSync(join(root, name), { recursive: true, force: true });
      }
    },
    bytes: (cacheId) =>
      numbersOf(cacheId).reduce(
        (total, number) =>
          total + (statSync(fileOf(cacheId, number), { throwIfNoEntry: false })?.size ?? 0),
        0,
      ),
  };
}

/** What a page is bound to, so that it cannot be moved, renumbered or given to another cache. */
function placeOf(cacheId: string, number: number, { from, to, feedEpoch }: InboxPageFacts) {
  return [cacheId, number, from, to, feedEpoch];
}

function openPage(
  deviceSecret: Uint8Array,
  cacheId: string,
  number: number,
  page: v.InferOutput<typeof fileSchema>,
): Buffer | null {
  const place = placeOf(cacheId, number, page);
  const opened = openOnDevice(deviceSecret, pageUse, place, page.sealed);
  return opened.ok ? opened.value : null;
}

function listFolder(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder);
}
