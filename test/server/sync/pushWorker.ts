import { createInterface } from 'node:readline';
import { openDatabase, type ConnectionSettings } from '#server/postgres/database.ts';
import { loadIntakeKey } from '#server/seal/intake.ts';
import { createKeyRing } from '#server/seal/keyRing.ts';
import type { SessionKey } from '#server/context.ts';
import { createRecordStore } from '#server/store/recordStore.ts';
import { pushOperations } from '#server/sync/push.ts';
import type { Operation } from '#core/contracts/sync.ts';

/*
 * The pushing half of the service in a process of its own, to be killed: reads one operation a line, answers one result a line.
 * What FHIR says of a resource is not at stake here, so HL7's definitions are not read.
 */
interface WorkerConfig {
  readonly settings: ConnectionSettings;
  readonly keyEncryptionKey: string;
  readonly intakeKeyPath: string;
  readonly session: Omit<SessionKey, 'publicKey'> & { readonly publicKey: string };
}

const config = JSON.parse(process.argv[2] ?? '') as WorkerConfig;
const key: SessionKey = {
  ...config.session,
  publicKey: Buffer.from(config.session.publicKey, 'base64url'),
};
const parts = {
  store: createRecordStore({
    database: openDatabase(config.settings, { maxConnections: 4, onIdleError: () => undefined }),
    keyRing: createKeyRing(Buffer.from(config.keyEncryptionKey, 'base64url')),
    validate: () => ({ ok: true as const }),
    nowMs: () => Date.now(),
  }),
  intake: loadIntakeKey(config.intakeKeyPath),
  sessionKeys: () => Promise.resolve(key),
  personWards: () => Promise.resolve([]),
};
const terminal = { terminalId: key.terminalId, wardId: 'ash', certificateThumbprint: '' };

createInterface({ input: process.stdin }).on('line', (line) => {
  const operation = JSON.parse(line) as Operation;
  pushOperations(parts, terminal, [operation]).then(
    ([result]) => process.stdout.write(`${JSON.stringify(result)}\n`),
    () =>
      process.stdout.write(
        `${JSON.stringify({ operationId: operation.operationId, status: 'failed' })}\n`,
      ),
  );
});
