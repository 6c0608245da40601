import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as v from 'valibot';
import type { ServerConfig } from './compose.ts';
import { usualLeaseLifeMs } from './terminal/lease.ts';

const configSchema = v.strictObject({
  dataDirectory: v.string(),
  databaseUrl: v.optional(v.nullable(v.string()), null),
  databaseName: v.optional(v.string(), 'wardkey'),
  host: v.optional(v.string(), '127.0.0.1'),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), 0),
  /** How long a terminal may serve without the server. */
  leaseMinutes: v.optional(
    v.pipe(v.number(), v.minValue(0.1), v.maxValue(24 * 60)),
    usualLeaseLifeMs / 60_000,
  ),
  certificateHosts: v.optional(v.array(v.string()), ['127.0.0.1', 'localhost']),
});

/** Reads the record server's configuration; unknown keys are refused. */
export function readServerConfig(path: string, environment: NodeJS.ProcessEnv): ServerConfig {
  const { leaseMinutes, ...rest } = v.parse(configSchema, JSON.parse(readFileSync(path, 'utf8')));
  return {
    ...rest,
    leaseLifeMs: leaseMinutes * 60_000,
    dataDirectory: resolve(rest.dataDirectory),
    databaseUrl: rest.databaseUrl ?? environment['DATABASE_URL'] ?? null,
  };
}
