import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { issueEnrolmentToken } from '#server/identity/enrolment.ts';
import { openServices } from '#server/services.ts';
import { seedHospital } from './seed.ts';

/*
 * Seeds a record server before it is started: `seedProgram --config SERVER.json [--seed WORD] [--data FILE]`.
 * Lines of progress on stdout; the last line is one JSON object with demo badges and a one-time enrolment.
 */

const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    seed: { type: 'string', default: 'wardkey' },
    data: { type: 'string' },
  },
});
if (values.config === undefined) throw new Error('usage: seedProgram --config SERVER.json');
const { dataDirectory } = JSON.parse(readFileSync(values.config, 'utf8')) as {
  dataDirectory: string;
};
const services = await openServices(
  { dataDirectory, databaseUrl: process.env['DATABASE_URL'] ?? null, databaseName: 'wardkey' },
  () => Date.now(),
  (error) => process.stderr.write(`${error.message}\n`),
);
try {
  const startedAtMs = Date.now();
  let saidAtMs = startedAtMs;
  const result = await seedHospital(services, {
    seed: values.seed,
    dataFile: values.data ?? null,
    onProgress: (progress) => {
      if (Date.now() - saidAtMs < 2_000) return;
      saidAtMs = Date.now();
      process.stdout.write(`${progress.lines} lines read, ${progress.stored} records stored\n`);
    },
  });
  const faults = result.imported?.faults ?? [];
  for (const { line, reason } of faults) process.stdout.write(`line ${line}: ${reason}\n`);
  const ward = result.hospital.wards[0];
  if (ward === undefined) throw new Error('a hospital has a ward');
  const terminal = {
    name: `${ward.name.toUpperCase().slice(0, 3)}-03`,
    wardId: ward.wardId,
    place: 'Bay A corridor',
  };
  const token = await issueEnrolmentToken(
    services.database.query,
    services.keys,
    terminal,
    Date.now() + 3_600_000,
  );
  const summary = {
    resources: result.stored,
    refused: result.imported?.faulty ?? 0,
    ms: Date.now() - startedAtMs,
    badges: result.badges,
    enrolment: { token, caPem: services.authority.authorityPem },
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
} finally {
  await services.close();
}
