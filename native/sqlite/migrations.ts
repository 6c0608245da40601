import { assert, refuse, succeed, type Result } from '#core/result.ts';
import type { EncryptedDatabase } from './encryptedDatabase.ts';

/** One step of a schema: `script` brings the database from the version before to `version`. */
export interface Migration {
  readonly version: number;
  readonly script: string;
}

/** Brings a database to the newest version, one transaction each; a database from the future is refused and left alone. */
export function migrate(
  database: Pick<EncryptedDatabase, 'userVersion' | 'applyScript'>,
  migrations: readonly Migration[],
): Result<{ from: number; to: number }, 'fromFuture'> {
  const newest = migrations.at(-1)?.version ?? 0;
  const from = database.userVersion();
  if (from > newest) return refuse('fromFuture');
  migrations.forEach(({ version }, at) =>
    assert(version > (migrations[at - 1]?.version ?? 0), 'migrations are strictly increasing'),
  );
  for (const { version, script } of migrations) {
    if (version > from) database.applyScript(script, version);
  }
  return succeed({ from, to: newest });
}
