import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InboxPage } from '#core/contracts/vault.ts';
import { createInbox, type Inbox } from '#electron/sync/inbox.ts';
import { put } from './contractServer.ts';
import { createMemoryVault } from './memoryVault.ts';

/* Somebody has the disk in hand, and with it the key to which pages are sealed; the device's secret he does not have. */

const { publicKey } = createMemoryVault();
const deviceSecret = Buffer.alloc(32, 1);
let root: string;
let refused: number;
let inbox: Inbox;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wardkey-inbox-'));
  refused = 0;
  inbox = open(deviceSecret);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (secret: Buffer) =>
  createInbox(root, { deviceSecret: secret, onRefused: () => (refused += 1) });
const pageTo = (cursor: string): InboxPage => ({
  changes: [put('r1')],
  cursor,
  feedEpoch: 'e1',
  joinedAtMs: 1,
  malformed: 0,
});
const add = (into: Inbox, from: string, to: string, cacheId = 'cache-1') =>
  into.add(cacheId, publicKey, from, pageTo(to));
const files = (cacheId = 'cache-1') =>
  readdirSync(join(root, cacheId))
    .sort()
    .map((name) => join(root, cacheId, name));
const ends = () => inbox.pages('cache-1').map((page) => page.to);

describe('a page', () => {
  it('that this terminal put there is handed on as it was sealed', () => {
    add(inbox, 'c0', 'c1');
    add(inbox, 'c1', 'c2');
    expect(ends()).toEqual(['c1', 'c2']);
    expect(inbox.last('cache-1')).toMatchObject({ from: 'c1', to: 'c2', feedEpoch: 'e1' });
    expect(refused).toBe(0);
  });

  it('of another’s making is refused, said, and so is what follows it', () => {
    add(inbox, 'c0', 'c1');
    add(open(Buffer.alloc(32, 2)), 'c1', 'c2');
    add(inbox, 'c2', 'c3');
    expect(ends()).toEqual(['c1']);
    expect(refused).toBe(1);
  });

  it('of another’s making at the end clears the inbox: all of it is asked for again', () => {
    add(inbox, 'c0', 'c1');
    add(open(Buffer.alloc(32, 2)), 'c1', 'c2');
    expect(inbox.last('cache-1')).toBeNull();
    expect(refused).toBe(1);
    expect(inbox.pages('cache-1')).toEqual([]);
    expect(refused).toBe(1);
  });

  it.each(['from', 'to', 'feedEpoch', 'sealed'])('with its %s changed is refused', (field) => {
    add(inbox, 'c0', 'c1');
    const [file] = files();
    const page = JSON.parse(readFileSync(file!, 'utf8')) as Record<string, string>;
    page[field] = `A${page[field]!.slice(1)}`;
    writeFileSync(file!, JSON.stringify(page));
    expect(ends()).toEqual([]);
    expect(refused).toBe(1);
  });

  it('without a seal of the device, as an older program wrote it, is refused', () => {
    add(inbox, 'c0', 'c1');
    const [file] = files();
    const page = JSON.parse(readFileSync(file!, 'utf8')) as object;
    writeFileSync(file!, JSON.stringify({ ...page, version: 1 }));
    expect(ends()).toEqual([]);
    expect(refused).toBe(1);
  });

  it('moved to another place in the row, or to another cache, is refused', () => {
    add(inbox, 'c0', 'c1');
    add(inbox, 'c1', 'c2');
    const [first, second] = files();
    renameSync(second!, first!);
    expect(ends()).toEqual([]);
    add(inbox, 'c0', 'c1', 'cache-2');
    renameSync(files('cache-2')[0]!, first!);
    expect(ends()).toEqual([]);
    expect(refused).toBe(2);
  });
});
