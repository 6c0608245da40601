import { administer } from './administer.ts';
import { readServerConfig } from './config.ts';
import { openServices } from './services.ts';

/* `admin <config.json> <command> [--option value …]`: beside a running record server, or without one. */

async function main([path, name = '', ...rest]: readonly string[]): Promise<void> {
  if (path === undefined)
    throw new Error('usage: admin <config.json> <command> [--option value …]');
  const config = readServerConfig(path, process.env);
  const services = await openServices(
    { ...config, besideServer: true },
    () => Date.now(),
    () => undefined,
  );
  try {
    const answer = await administer(services, name, optionsOf(rest));
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  } finally {
    await services.close();
  }
}

function optionsOf(words: readonly string[]): Record<string, string> {
  const options: Record<string, string> = {};
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at] ?? '';
    const value = words[at + 1];
    if (!name.startsWith('--') || value === undefined) throw new Error(`not an option: ${name}`);
    options[name.slice(2)] = value;
  }
  return options;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`wardkey-admin: ${error instanceof Error ? error.message : 'failed'}\n`);
  process.exitCode = 1;
});
