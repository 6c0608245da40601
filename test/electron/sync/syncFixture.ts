import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '#electron/log.ts';
import { createRecordServer, type RecordServer } from '#electron/recordServer/recordServer.ts';
import { createTransport } from '#electron/recordServer/transport.ts';
import type { Spool } from '#electron/spool/spool.ts';
import { createInbox, type Inbox } from '#electron/sync/inbox.ts';
import type { Filling } from '#electron/sync/feedPuller.ts';
import { createSync, type Sync } from '#electron/sync/sync.ts';
import { createTestAuthority } from '#test/electron/recordServer/testAuthority.ts';
import { startTestServer, type TestServer } from '#test/electron/recordServer/testServer.ts';
import { createSpoolFixture, type SpoolFixture } from '#test/electron/spool/spoolFixture.ts';
import { createContractServer, type ContractServer } from './contractServer.ts';
import { createMemoryVault, type MemoryVault } from './memoryVault.ts';

/** One terminal's sync on a real spool and a real TLS line to a server that speaks the contract. */
export interface SyncFixture {
  readonly contract: ContractServer;
  readonly spools: SpoolFixture;
  readonly inbox: Inbox;
  readonly inboxFolder: string;
  readonly server: RecordServer;
  readonly vault: MemoryVault;
  readonly log: Record<string, unknown>[];
  readonly changed: string[];
  readonly fillings: (Filling | null)[];
  readonly tokens: Map<string, string>;
  /** Sessions in which somebody is. */
  readonly live: Set<string>;
  spool: Spool;
  sync: Sync;
  broken: number;
  refusedPages: number;
  readonly behind: boolean[];
  /** Stops sync and starts it afresh on the same disk, as a killed app would. */
  restart(): Promise<void>;
  goOffline(): Promise<void>;
  goOnline(): Promise<void>;
  end(): Promise<void>;
}

/** Builds it all; sync is started, nobody is tapped in. */
export async function createSyncFixture(): Promise<SyncFixture> {
  const authority = await createTestAuthority();
  const contract = createContractServer();
  const certified = await authority.issue('server');
  const start = (port?: number): Promise<TestServer> =>
    startTestServer(authority, (asked) => contract.handler(asked), {
      certified,
      ...(port === undefined ? {} : { port }),
    });
  let running = await start();
  const server = createRecordServer(
    createTransport({
      serverUrl: running.url,
      authorityPem: authority.authorityPem,
      ...(await authority.issue('client')),
    }),
  );
  const inboxFolder = mkdtempSync(join(tmpdir(), 'wardkey-inbox-'));
  const spools = createSpoolFixture();
  const inbox = createInbox(inboxFolder, {
    deviceSecret: Buffer.alloc(32, 9),
    onRefused: () => {
      fixture.refusedPages += 1;
    },
  });
  const log: Record<string, unknown>[] = [];
  const logger = createLogger(
    [(line) => log.push(JSON.parse(line) as Record<string, unknown>)],
    () => Date.now(),
  );
  const vault = createMemoryVault();
  const changed: string[] = [];
  const fillings: (Filling | null)[] = [];
  const tokens = new Map<string, string>();
  const live = new Set<string>();
  const build = (spool: Spool): Sync =>
    createSync({
      server,
      spool,
      inbox,
      logger,
      now: () => Date.now(),
      random: () => 0,
      inboxTarget: () => ({ cacheId: 'cache-1', publicKey: vault.publicKey }),
      tokenOf: (personId) => tokens.get(personId) ?? null,
      onChanged: (patientIds) => changed.push(...patientIds),
      onStatus: () => fillings.push(fixture.sync.status().filling),
      onEvent: () => undefined,
      isLive: (sessionId) => live.has(sessionId),
      onOfflineAnswer: () => undefined,
      onBehind: (isBehind) => fixture.behind.push(isBehind),
      onBroken: () => {
        fixture.broken += 1;
      },
    });
  const spool = spools.mustOpen(true);
  const fixture: SyncFixture = {
    contract,
    spools,
    inbox,
    inboxFolder,
    server,
    vault,
    log,
    changed,
    fillings,
    tokens,
    live,
    spool,
    sync: build(spool),
    broken: 0,
    refusedPages: 0,
    behind: [],
    async restart() {
      await fixture.sync.stop();
      fixture.spool.close();
      fixture.spool = spools.mustOpen();
      fixture.sync = build(fixture.spool);
      fixture.sync.start();
    },
    goOffline: () => running.stop(),
    async goOnline() {
      running = await start(running.port);
    },
    async end() {
      await fixture.sync.stop();
      fixture.spool.close();
      server.close();
      await running.stop();
      spools.remove();
      rmSync(inboxFolder, { recursive: true, force: true });
    },
  };
  fixture.sync.start();
  return fixture;
}
