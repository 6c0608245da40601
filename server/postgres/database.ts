import pg from 'pg';

/** How to reach one database as one role. `host` is a socket directory or a host name. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** A row as it comes from the driver; whoever reads it parses it. */
export type Row = Record<string, unknown>;

/** Runs one statement with bound parameters. */
export type Query = (
  sql: string,
  parameters?: readonly unknown[],
) => Promise<{ rows: Row[]; rowCount: number }>;

/** One role's pool of connections to one database. */
export interface Database {
  readonly settings: ConnectionSettings;
  readonly query: Query;
  /** Runs `work` in one transaction on one connection; anything thrown rolls it back. */
  transaction<Answer>(work: (query: Query) => Promise<Answer>): Promise<Answer>;
  /** A connection of its own, for LISTEN; the caller ends it. */
  dedicated(): Promise<pg.Client>;
  close(): Promise<void>;
}

/** 64-bit integers come as numbers (counters here stay far below 2^53); one beyond is a programmer error. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error('a 64-bit integer left the safe range');
  return value;
}

/** The driver's own parsers, but for 64-bit integers. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid, format): unknown =>
    oid === pg.types.builtins.INT8
      ? parseInt8
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

function runner(client: pg.Pool | pg.PoolClient): Query {
  return async (sql, parameters) => {
    const result = await client.query<Row>(sql, parameters === undefined ? [] : [...parameters]);
    return { rows: result.rows, rowCount: result.rowCount ?? 0 };
  };
}

/** Opens a pool. `onIdleError` hears of connections that died while unused (the pool replaces them by itself). */
export function openDatabase(
  settings: ConnectionSettings,
  options: {
    readonly maxConnections?: number;
    readonly onIdleError?: (error: Error) => void;
  } = {},
): Database {
  const pool = new pg.Pool({
    ...settings,
    types,
    max: options.maxConnections ?? 12,
    connectionTimeoutMillis: 10_000,
    application_name: 'wardkey',
  });
  // Without a listener a server restart would crash the process on an idle connection.
  pool.on('error', (error) => options.onIdleError?.(error));
  return {
    settings,
    query: runner(pool),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | boolean = false;
      // The pool listens to idle connections alone: one that dies between two statements would end the process.
      const onError = (error: Error): void => {
        broken = error;
      };
      client.on('error', onError);
      try {
        await client.query('begin');
        const answer = await work(runner(client));
        await client.query('commit');
        return answer;
      } catch (error) {
        await client.query('rollback').catch((reason: unknown) => {
          broken = reason instanceof Error ? reason : true;
        });
        throw error;
      } finally {
        client.off('error', onError);
        client.release(broken);
      }
    },
    async dedicated() {
      const client = new pg.Client({ ...settings, types, application_name: 'wardkey-listen' });
      // Its caller listens too, but only once it has the connection.
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    close: () => pool.end(),
  };
}
