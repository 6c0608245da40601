import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { must, spoolWrite } from '#test/electron/spool/spoolFixture.ts';
import { createSyncFixture, type SyncFixture } from './syncFixture.ts';

let fixture: SyncFixture;
beforeEach(async () => {
  fixture = await createSyncFixture();
});
afterEach(() => fixture.end());

const withinSecond = { timeout: 1_000, interval: 5 };
const soon = { timeout: 5_000, interval: 5 };
const afterReconnect = { timeout: 6_000, interval: 10 };
const connected = () =>
  vi.waitFor(() => expect(fixture.sync.status().link).toBe('connected'), afterReconnect);

describe('sessions', () => {
  const heard = () => fixture.contract.heard;
  const begin = (sessionId: string) => {
    must(fixture.spool.openSessions.begin(sessionId));
    fixture.live.add(sessionId);
  };
  const end = (sessionId: string) => {
    fixture.live.delete(sessionId);
    fixture.sync.sessionsChanged();
  };

  it('that end are told at once, and nobody is put out of one that goes on', async () => {
    await connected();
    begin('s1');
    begin('s2');
    end('s2');
    await vi.waitFor(() => expect(heard()).toEqual(['end s2']), withinSecond);
    // Only the answer of the record server lets it go.
    await vi.waitFor(
      () => expect(fixture.spool.openSessions.known()).toEqual(['s1']),
      withinSecond,
    );
  });

  it('that ended while the server was away are told when it is back, in order, whatever answers get lost', async () => {
    await connected();
    begin('s1');
    begin('s2');
    await fixture.goOffline();
    end('s2');
    end('s1');
    fixture.contract.loseReplies = 1;
    await fixture.goOnline();
    await vi.waitFor(() => expect(fixture.spool.openSessions.known()).toEqual([]), afterReconnect);
    expect([...new Set(heard())]).toEqual(['end s1', 'end s2']);
    fixture.sync.sessionsChanged();
    await fixture.sync.stop();
    expect(heard().filter((one) => one === 'end s2')).toHaveLength(1);
  });

  it('that ended with the program, however it ended, are told after the next start', async () => {
    await connected();
    begin('s1');
    await fixture.goOffline();
    fixture.live.clear();
    await fixture.restart();
    expect(fixture.spool.openSessions.known()).toEqual(['s1']);
    await fixture.goOnline();
    await vi.waitFor(() => expect(heard()).toEqual(['end s1']), afterReconnect);
  });

  it('are told on the way out, while the server is there', async () => {
    await connected();
    begin('s1');
    fixture.live.clear();
    await fixture.sync.stop();
    expect(heard()).toEqual(['end s1']);
  });

  it('that began and ended without the server are told after their login and what was charted in them', async () => {
    const sessionId = randomUUID();
    await connected();
    await fixture.goOffline();
    must(fixture.spool.offlineSessions.keep({ sessionId, personId: 'person-1', sealed: 'box' }));
    must(fixture.spool.commitWrite(spoolWrite(1)));
    fixture.contract.judgesLater = true;
    await fixture.goOnline();
    await connected();
    end(sessionId);
    fixture.sync.sessionsChanged();
    await new Promise((resolve) => setTimeout(resolve, 50));
    // A server that does not know the login would not know what ends.
    expect(heard()).toEqual([]);
    fixture.contract.judgesLater = false;
    fixture.sync.sessionsChanged();
    const inOrder = [`login ${sessionId}`, 'push', `end ${sessionId}`];
    await vi.waitFor(() => expect(heard()).toEqual(inOrder), soon);
  });
});

describe('drafts', () => {
  it('are left at the server, taken away when finished, and fetched at the next terminal', async () => {
    await connected();
    const draftId = randomUUID();
    const draft = {
      draftId,
      personId: 'person-1',
      sealed: 'c2VhbGVk',
      savedAtMs: 10,
      rejection: null,
    };
    must(fixture.spool.drafts.save(draft));
    fixture.sync.personalChanged();
    await vi.waitFor(() => expect(fixture.contract.drafts.get(draftId)).toEqual(draft), soon);
    must(fixture.spool.drafts.discard(draftId));
    fixture.sync.personalChanged();
    await new Promise((resolve) => setTimeout(resolve, 50));
    // Taking away needs the author.
    expect(fixture.contract.drafts.has(draftId)).toBe(true);
    fixture.tokens.set('person-1', 'token');
    fixture.sync.personalChanged();
    await vi.waitFor(() => expect(fixture.contract.drafts.has(draftId)).toBe(false), soon);
    const elsewhere = { ...draft, draftId: randomUUID() };
    fixture.contract.drafts.set(elsewhere.draftId, elsewhere);
    must(await fixture.sync.fetchDrafts('person-1', 'token'));
    expect(fixture.spool.drafts.ofPerson('person-1')).toEqual([elsewhere]);
  });
});

describe('how a person likes her screens', () => {
  it('goes to the record server in her name alone, and once', async () => {
    await connected();
    must(fixture.spool.preferences.choose('person-1', { language: 'fr' }, 10));
    fixture.sync.personalChanged();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(fixture.contract.preferences).toEqual([]);
    fixture.tokens.set('person-1', 'token');
    fixture.sync.personalChanged();
    const sent = [{ language: 'fr', theme: null, savedAtMs: 10 }];
    await vi.waitFor(() => expect(fixture.contract.preferences).toEqual(sent), soon);
    await vi.waitFor(() => expect(fixture.spool.preferences.unsent()).toEqual([]), soon);
    fixture.sync.personalChanged();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(fixture.contract.preferences).toEqual(sent);
  });
});
