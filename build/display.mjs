import { spawn } from 'node:child_process';

/**
 * Gives a program an X display: the caller's own, or a virtual one (Xvfb with openbox, whose focus and stacking behave
 * like a real desktop's). Several may run side by side. `frameFolder`: where the screen's memory is to be found as a file,
 * `Xvfb_screen0`, for those who must see each frame.
 * @returns {Promise<{ env: Record<string, string>, virtual: boolean, stop: () => void }>}
 */
export async function openDisplay({
  width = 1920,
  height = 1080,
  forceVirtual = false,
  frameFolder = null,
} = {}) {
  if (!forceVirtual && (process.env.DISPLAY || process.env.WAYLAND_DISPLAY))
    return { env: {}, virtual: false, stop: () => {} };
  const flags = [
    '-displayfd',
    '3',
    '-screen',
    '0',
    `${width}x${height}x24`,
    '-nolisten',
    'tcp',
    '-ac',
  ];
  if (frameFolder !== null) flags.push('-fbdir', frameFolder);
  const server = spawn('Xvfb', flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`Xvfb ended at once with code ${code}`)));
    server.stdio[3].once('data', (bytes) => resolve(String(bytes).trim()));
  });
  server.removeAllListeners('exit');
  const env = { DISPLAY: `:${number}` };
  const manager = spawn('openbox', [], { stdio: 'ignore', env: { ...process.env, ...env } });
  manager.once('error', () => {});
  await new Promise((resolve) => setTimeout(resolve, 400));
  const stop = () => {
    manager.kill();
    server.kill();
  };
  process.once('exit', stop);
  return { env, virtual: true, stop };
}
