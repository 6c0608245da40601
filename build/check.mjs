/** What can be known without running anything: types, lint, import rules, formatting, unused code. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const folders = ['core', 'native', 'electron', 'renderer', 'server', 'test'];
const bin = (name) => path.join('node_modules', '.bin', name);

const checks = [
  ...folders.map((folder) => ({ name: `types of ${folder}`, command: [bin('tsc'), '-p', folder] })),
  {
    name: 'formatting',
    command: [
      bin('prettier'),
      '--config',
      'build/prettier.config.js',
      '--check',
      '--log-level',
      'warn',
      ...folders,
      'build',
    ],
  },
  {
    name: 'import rules',
    command: [
      bin('depcruise'),
      ...folders,
      '--config',
      'build/dependency-cruiser.cjs',
      '--output-type',
      'err',
    ],
  },
  {
    name: 'lint',
    command: [bin('eslint'), '-c', 'build/eslint.config.js', '--no-warn-ignored', ...folders],
  },
  { name: 'unused code', command: [bin('knip'), '--config', 'build/knip.json'] },
];

function run({ name, command }) {
  return new Promise((resolve) => {
    const startedAt = Date.now();
    const child = spawn(command[0], command.slice(1), {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=4096' },
    });
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    child.once('close', (code) => {
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n`);
      if (code !== 0) process.stdout.write(output.split('\n').slice(0, 120).join('\n') + '\n');
      resolve(code === 0);
    });
  });
}

/** Runs every check, two at a time. @returns {Promise<{ passed: number, failed: number }>} */
export async function runChecks() {
  const queue = [...checks];
  const results = [];
  const worker = async () => {
    for (let check = queue.shift(); check; check = queue.shift()) results.push(await run(check));
  };
  await Promise.all([worker(), worker()]);
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { passed, failed } = await runChecks();
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exit(failed === 0 ? 0 : 1);
}
