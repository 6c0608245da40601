import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { openDisplay } from '../../build/display.mjs';
import { electronRuntime } from '../../build/electronRuntime.mjs';
import { startWorld, type World, type WorldBadge } from '../../build/world.mjs';
import { startPcscd } from '../virtual/pcscd.mjs';
import { createHand, launchTerminal, type Hand, type Terminal } from './driver.mjs';

/** A world with a terminal running in it, for one test file. */
export interface Lab {
  readonly world: World;
  readonly hand: Hand;
  readonly display: Record<string, string>;
  /** Nurses on shift on the terminal's own ward, charge nurse first. */
  readonly nurses: readonly WorldBadge[];
  /** Another terminal with readers, a display and a state folder of its own; it enrols with a token of the record server. */
  addTerminal(token: string, terminal?: Record<string, unknown>): Promise<Bay>;
  /** Starts the terminal (again); only one runs at a time in one state folder. */
  launch(options?: Partial<Parameters<typeof launchTerminal>[0]>): Promise<Terminal>;
  close(): Promise<void>;
}

/** A second place on the ward. */
export interface Bay {
  readonly hand: Hand;
  readonly stateFolder: string;
  launch(options?: Partial<Parameters<typeof launchTerminal>[0]>): Promise<Terminal>;
}

const enrolmentSchema = v.looseObject({ serverUrl: v.string(), caPem: v.string() });

/** Lays out what a second terminal of a world needs. */
async function furnishBay(
  world: World,
  folder: string,
  token: string,
  overrides: Record<string, unknown>,
) {
  mkdirSync(folder);
  const stateFolder = path.join(folder, 'terminal');
  const enrolmentFile = path.join(folder, 'enrolment.json');
  const configFile = path.join(folder, 'terminal.json');
  const { serverUrl, caPem } = v.parse(
    enrolmentSchema,
    JSON.parse(readFileSync(world.files.enrolment, 'utf8')),
  );
  writeFileSync(enrolmentFile, JSON.stringify({ serverUrl, caPem, token }), { mode: 0o600 });
  const config = {
    stateFolder,
    enrolmentFile,
    kiosk: false,
    helpDesk: '4400',
    ...forTests(overrides),
  };
  writeFileSync(configFile, JSON.stringify(config));
  const pcscd = await startPcscd({ readers: ['Ward Reader 3'], pollMs: 20 });
  const display = await openDisplay({ forceVirtual: true });
  const env = {
    ...pcscd.env,
    WARDKEY_CONFIG: configFile,
    WARDKEY_PCSC_PORTS: pcscd.readers.map((reader) => reader.port).join(','),
  };
  return {
    env,
    stateFolder,
    display: display.env,
    stop: async () => {
      await pcscd.stop();
      display.stop();
    },
  };
}

/** A small window, which is drawn sooner, and readers that count as settled sooner: nothing lies on them when they start. */
function forTests(terminal: Record<string, unknown> = {}): Record<string, unknown> {
  const session = v.parse(v.optional(v.looseObject({}), {}), terminal['session']);
  const window = { width: 1366, height: 768 };
  return { window, ...terminal, session: { readerSettleMs: 600, ...session } };
}

/** Opens a lab. Badges are seen within 20 ms; `terminal` overrides the terminal's configuration. */
export async function openLab(
  options: {
    terminal?: Record<string, unknown>;
    /** Overrides the record server’s configuration. */
    server?: Record<string, unknown>;
    readers?: string[];
    frameFolder?: string;
  } = {},
): Promise<Lab> {
  // PostgreSQL runs as another user and must be able to pass through.
  const folder = mkdtempSync(path.join(tmpdir(), 'wardkey-lab-'));
  chmodSync(folder, 0o711);
  const runtime = await electronRuntime({ say: () => undefined });
  const { frameFolder, ...worldOptions } = options;
  const display = await openDisplay({ forceVirtual: true, frameFolder });
  const world = await startWorld({
    folder: path.join(folder, 'world'),
    pollMs: 20,
    reuse: true,
    ...worldOptions,
    terminal: forTests(worldOptions.terminal),
  });
  const terminals: Terminal[] = [];
  const bays: Awaited<ReturnType<typeof furnishBay>>[] = [];
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
    addTerminal: async (token, overrides = {}) => {
      const bayFolder = path.join(folder, `bay-${bays.length + 1}`);
      const bay = await furnishBay(world, bayFolder, token, overrides);
      bays.push(bay);
      return {
        hand: createHand(bay),
        stateFolder: bay.stateFolder,
        launch: async (more = {}) => {
          const terminal = await launchTerminal({
            world: bay,
            runtime,
            display: bay.display,
            ...more,
          });
          terminals.push(terminal);
          return terminal;
        },
      };
    },
    close: async () => {
      hand.liftAll();
      const ends = await Promise.allSettled(terminals.map(async (one) => await one.close()));
      await Promise.all(bays.map((bay) => bay.stop()));
      await world.stop();
      display.stop();
      rmSync(folder, { recursive: true, force: true });
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
  };
}
