import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomUUID } from 'node:crypto';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Bundles one TypeScript entry so that a plain Node process can run it; packages stay where they are. */
export async function bundleForNode(
  entry: string,
): Promise<{ readonly file: string; remove(): void }> {
  // Inside the checkout, so that packages are found from there.
  const directory = join(root, 'out', 'test', randomUUID());
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'entry.mjs');
  await build({
    entryPoints: [join(root, entry)],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18.15',
    packages: 'external',
    absWorkingDir: root,
    alias: Object.fromEntries(
      ['core', 'native', 'electron', 'server', 'test'].map((name) => [
        `#${name}`,
        join(root, name),
      ]),
    ),
  });
  return { file, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
