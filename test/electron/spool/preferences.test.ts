import { afterEach, beforeEach, expect, it } from 'vitest';
import { deriveDeviceKey } from '#electron/identity/deviceSeal.ts';
import { startChain } from '#electron/spool/auditLog.ts';
import { spoolMigrations } from '#electron/spool/migrations.ts';
import type { Spool } from '#electron/spool/spool.ts';
import { openEncrypted } from '#native/sqlite/encryptedDatabase.ts';
import { migrate } from '#native/sqlite/migrations.ts';
import { createSpoolFixture, must, type SpoolFixture } from './spoolFixture.ts';

const spoolKeyUse = 'wardkey/spool/v1';

let fixture: SpoolFixture;
let spool: Spool;
beforeEach(() => {
  fixture = createSpoolFixture();
  spool = fixture.mustOpen(true);
});
afterEach(() => {
  spool.close();
  fixture.remove();
});

it('a choice is its person’s, whole after a restart, and nobody else’s', () => {
  must(spool.preferences.choose('n1', { language: 'fr' }, 10));
  must(spool.preferences.choose('n1', { theme: 'dark' }, 10));
  spool.close();
  spool = fixture.mustOpen();
  expect(spool.preferences.read('n1')).toEqual({ language: 'fr', theme: 'dark', savedAtMs: 11 });
  expect(spool.preferences.read('n2')).toBeNull();
});

it('a spool of the version before has room for choices', () => {
  spool.close();
  fixture.remove();
  fixture = createSpoolFixture();
  const old = must(openEncrypted(fixture.path, deriveDeviceKey(fixture.deviceSecret, spoolKeyUse)));
  expect(migrate(old, spoolMigrations.slice(0, 4)).ok).toBe(true);
  old.db.transaction(() => startChain(old.db, 'terminal-a'));
  old.close();
  spool = fixture.mustOpen();
  must(spool.preferences.choose('n1', { theme: 'dark' }, 10));
  expect(spool.preferences.read('n1')).toMatchObject({ theme: 'dark' });
});

it('the later choice counts, wherever it was made', () => {
  const elsewhere = { language: 'en', theme: 'dark', savedAtMs: 20 } as const;
  must(spool.preferences.choose('n1', { language: 'fr' }, 30));
  spool.preferences.receive('n1', elsewhere);
  expect(spool.preferences.read('n1')).toMatchObject({ language: 'fr', theme: null });
  expect(spool.preferences.unsent()).toHaveLength(1);
  spool.preferences.receive('n1', { ...elsewhere, savedAtMs: 40 });
  expect(spool.preferences.read('n1')).toEqual({ ...elsewhere, savedAtMs: 40 });
  expect(spool.preferences.unsent()).toEqual([]);
});

it('one that was made while an earlier one was on its way is sent as well', () => {
  must(spool.preferences.choose('n1', { language: 'fr' }, 10));
  must(spool.preferences.choose('n1', { language: 'en' }, 20));
  must(spool.preferences.markSent('n1', 10));
  expect(spool.preferences.unsent()).toEqual([
    { personId: 'n1', preferences: { language: 'en', theme: null, savedAtMs: 20 } },
  ]);
  must(spool.preferences.markSent('n1', 20));
  expect(spool.preferences.unsent()).toEqual([]);
});
