import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDisplay } from '../../build/display.mjs';
import { electronRuntime } from '../../build/electronRuntime.mjs';
import { startWorld, type World, type WorldBadge } from '../../build/world.mjs';
import { createHand, launchTerminal, type Hand, type Terminal } from './driver.mjs';

/** A world with a terminal running in it, for one test file. */
export interface Lab {
  readonly world: World;
  readonly hand: Hand;
  readonly display: Record<string, string>;
  /** Nurses on shift on the terminal's own ward, charge nurse first. */
  readonly nurses: readonly WorldBadge[];
  /** Starts the terminal (again); only one runs at a time in one state folder. */
  launch(options?: Partial<Parameters<typeof launchTerminal>[0]>): Promise<Terminal>;
  close(): Promise<void>;
}

/** Opens a lab. Badges are seen within 20 ms; `terminal` overrides the terminal's configuration. */
export async function openLab(
  options: { terminal?: Record<string, unknown>; readers?: string[] } = {},
): Promise<Lab> {
  // PostgreSQL runs as another user and must be able to pass through.
  const folder = mkdtempSync(path.join(tmpdir(), 'wardkey-lab-'));
  chmodSync(folder, 0o711);
  const runtime = await electronRuntime({ say: () => undefined });
  const display = await openDisplay({ forceVirtual: true });
  const world = await startWorld({
    folder: path.join(folder, 'world'),
    pollMs: 20,
    reuse: true,
    ...options,
  });
  const terminals: Terminal[] = [];
  const hand = createHand(world);
  const nurses = world.badges.filter(
    (badge) => badge.onShift && badge.role === 'nurse' && badge.wards.includes('ward-ash'),
  );
  return {
    world,
    hand,
    display: display.env,
    nurses,
    launch: async (overrides = {}) => {
      const terminal = await launchTerminal({ world, runtime, display: display.env, ...overrides });
      terminals.push(terminal);
      return terminal;
    },
    close: async () => {
      hand.liftAll();
      await Promise.all(terminals.map((terminal) => terminal.close()));
      await world.stop();
      display.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
