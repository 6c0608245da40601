import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { openDatabase, type ConnectionSettings, type Query } from './database.ts';

/** The two roles of the service: `owner` migrates, `application` serves and may only call granted functions. */
export interface DatabaseRoles {
  readonly owner: ConnectionSettings;
  readonly application: ConnectionSettings;
}

const credentialsSchema = v.strictObject({ owner: v.string(), application: v.string() });

function readOrMakeCredentials(file: string): v.InferOutput<typeof credentialsSchema> {
  if (!existsSync(file)) {
    const made = {
      owner: randomBytes(24).toString('base64url'),
      application: randomBytes(24).toString('base64url'),
    };
    writeFileSync(file, JSON.stringify(made), { mode: 0o400, flag: 'wx' });
  }
  return v.parse(credentialsSchema, JSON.parse(readFileSync(file, 'utf8')));
}

async function ensureRole(query: Query, role: string, password: string): Promise<void> {
  const found = await query('select 1 from pg_roles where rolname = $1', [role]);
  const verb = found.rowCount === 0 ? 'create' : 'alter';
  // The password is base64url: it cannot end the literal.
  await query(
    `${verb} role ${role} login nosuperuser nocreatedb nocreaterole noinherit password '${password}'`,
  );
}

/** Makes the roles and the database where they are missing. `name` is a plain lower-case identifier. */
export async function provisionDatabase(
  admin: ConnectionSettings,
  name: string,
  credentialsFile: string,
): Promise<DatabaseRoles> {
  if (!/^[a-z][a-z0-9_]{0,50}$/.test(name)) throw new Error('not a database name');
  const credentials = readOrMakeCredentials(credentialsFile);
  const server = openDatabase(admin, { maxConnections: 1 });
  try {
    await server.transaction(async (query) => {
      await query('select pg_advisory_xact_lock(7310233002)');
      await ensureRole(query, 'wardkey_owner', credentials.owner);
      await ensureRole(query, 'wardkey_app', credentials.application);
      // Needed where the administrator is no superuser: only a member may hand a database over.
      await query('grant wardkey_owner to current_user');
    });
    const found = await server.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) {
      await server.query(`create database ${name} owner wardkey_owner`);
      await server.query(`revoke all on database ${name} from public`);
      await server.query(`grant connect on database ${name} to wardkey_app`);
    }
  } finally {
    await server.close();
  }
  const inside = openDatabase({ ...admin, database: name }, { maxConnections: 1 });
  try {
    await inside.query('revoke all on schema public from public');
    await inside.query(
      'alter default privileges for role wardkey_owner revoke execute on functions from public',
    );
    await inside.query(`alter role wardkey_app set statement_timeout = '60s'`);
  } finally {
    await inside.close();
  }
  const reach = { host: admin.host, port: admin.port, database: name };
  return {
    owner: { ...reach, user: 'wardkey_owner', password: credentials.owner },
    application: { ...reach, user: 'wardkey_app', password: credentials.application },
  };
}
