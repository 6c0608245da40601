/**
 * Bundles every program of the product into out/: Electron's processes as CommonJS (Electron 25 starts no ES-module main),
 * the record server as an ES module, the renderer by Vite. Test and demo programs go to out/test/, never into the product.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Native packages stay outside the bundles; the record server's large pure packages too, since they load their own data. */
const nativePackages = ['@signalapp/sqlcipher', '@node-rs/argon2'];

const electronPrograms = {
  main: 'electron/main.ts',
  vault: 'electron/vault/vault.ts',
  readerHost: 'electron/readerHost/readerHost.ts',
};
const preloads = {
  preloadSystem: 'electron/preload/system.ts',
  preloadWorkspace: 'electron/preload/workspace.ts',
};
const serverPrograms = { main: 'server/main.ts', admin: 'server/admin.ts' };
const testPrograms = {
  seedProgram: 'test/hospital/seedProgram.ts',
  benchStorage: 'test/bench/storage.ts',
};

const common = {
  bundle: true,
  absWorkingDir: root,
  sourcemap: 'linked',
  logLevel: 'warning',
  legalComments: 'none',
  metafile: true,
};

/** Only entries that exist: the parts of the product land one after the other. */
function entries(table) {
  return Object.fromEntries(
    Object.entries(table).filter(([, file]) => existsSync(path.join(root, file))),
  );
}

/** Writes what one program was made of to out/meta/: `test/build/bundles.test.ts` reads there that no test code is in the product. */
function writeInputs(name, { inputs, outputs }) {
  mkdirSync(path.join(root, 'out', 'meta'), { recursive: true });
  writeFileSync(
    path.join(root, 'out', 'meta', `${name}.json`),
    JSON.stringify({ inputs, outputs }),
  );
}

/** @param {Promise<import('esbuild').BuildResult<{ metafile: true }>>} building */
async function noteEsbuild(name, building) {
  const { metafile } = await building;
  writeInputs(name, {
    inputs: Object.keys(metafile.inputs),
    outputs: Object.entries(metafile.outputs)
      .filter(([file]) => !file.endsWith('.map'))
      .map(([file, { bytes, imports }]) => ({
        file,
        bytes,
        externals: imports.filter((imported) => imported.external).map(({ path }) => path),
      })),
  });
}

/** The same for Vite, told by what Rolldown put into each chunk. */
const noteVite = {
  name: 'note-inputs',
  writeBundle(_options, chunks) {
    const made = Object.values(chunks);
    const relative = (id) => path.relative(root, id.replace(/^\0/, '').replace(/\?.*$/, ''));
    writeInputs('renderer', {
      inputs: [...this.getModuleIds()].map(relative),
      outputs: made.map((chunk) => ({
        file: `out/renderer/${chunk.fileName}`,
        bytes: Buffer.byteLength(chunk.type === 'chunk' ? chunk.code : chunk.source),
        externals: chunk.type === 'chunk' ? [...chunk.imports, ...chunk.dynamicImports] : [],
      })),
    });
  },
};

/** @param {{ only?: 'electron' | 'server' | 'renderer' | 'test' }} [options] */
export async function bundle({ only } = {}) {
  const { build } = await import('esbuild');
  const wanted = (name) => only === undefined || only === name;
  const jobs = [];
  if (wanted('electron')) {
    const electron = {
      ...common,
      platform: 'node',
      format: 'cjs',
      target: 'node18.15',
      outExtension: { '.js': '.cjs' },
    };
    jobs.push(
      noteEsbuild(
        'electron',
        build({
          ...electron,
          entryPoints: entries(electronPrograms),
          outdir: 'out/electron',
          external: ['electron', ...nativePackages],
        }),
      ),
      noteEsbuild(
        'preloads',
        build({
          ...electron,
          entryPoints: entries(preloads),
          outdir: 'out/electron',
          external: ['electron'],
          sourcemap: false,
        }),
      ),
    );
  }
  const server = {
    ...common,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    outExtension: { '.js': '.mjs' },
  };
  if (wanted('server'))
    jobs.push(
      noteEsbuild(
        'server',
        build({ ...server, entryPoints: entries(serverPrograms), outdir: 'out/server' }),
      ),
    );
  if (wanted('test'))
    jobs.push(build({ ...server, entryPoints: entries(testPrograms), outdir: 'out/test' }));
  if (wanted('renderer') && existsSync(path.join(root, 'renderer/vite.config.mts'))) {
    // Vite heeds the caller's: a development build would carry this machine's paths into the product.
    process.env.NODE_ENV = 'production';
    const vite = await import('vite');
    jobs.push(
      vite.build({
        configFile: path.join(root, 'renderer/vite.config.mts'),
        root: path.join(root, 'renderer'),
        logLevel: 'warn',
        plugins: [noteVite],
      }),
    );
  }
  await Promise.all(jobs);
}

/** Removes what an older layout may have left behind. */
export function cleanBundles() {
  for (const name of existsSync(path.join(root, 'out')) ? readdirSync(path.join(root, 'out')) : [])
    if (['electron', 'renderer', 'server'].includes(name))
      rmSync(path.join(root, 'out', name), { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const startedAt = Date.now();
  await bundle({ only: process.argv[2] });
  process.stdout.write(`bundled in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}
