import { composeServer } from './compose.ts';
import { readServerConfig } from './config.ts';

/** Runs the record server until it is told to stop. Prints one line when it listens; its log goes to stderr. */
async function main(): Promise<void> {
  const path = process.argv[2];
  if (path === undefined) throw new Error('usage: main <config.json>');
  const config = readServerConfig(path, process.env);
  const server = await composeServer(config, () => Date.now(), {
    level: 'info',
    stream: process.stderr,
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    server.stop().then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { url } = await server.start();
  process.stdout.write(`${JSON.stringify({ listening: url })}\n`);
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : 'unknown failure';
  process.stderr.write(`${JSON.stringify({ level: 60, event: 'serverFailed', message })}\n`);
  process.exit(1);
}

main().catch(fail);
