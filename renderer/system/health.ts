import type { TerminalHealth } from '#core/contracts/ipc.ts';
import type { MessageKey } from '#renderer/i18n/en.ts';

/** The sentences of a fault that takes over the main picture. */
export type FaultName =
  | 'noReader'
  | 'serviceDown'
  | 'diskFull'
  | 'readOnly'
  | 'spoolDamaged'
  | 'rollback'
  | 'clock'
  | 'untrusted'
  | 'refused';

type Tone = 'ok' | 'wait' | 'bad';

/** One line per part for the foot of the screen; storage and clock speak only when they are not in order. */
export function healthLines(health: TerminalHealth): { key: MessageKey; tone: Tone }[] {
  const lines: { key: MessageKey; tone: Tone }[] = [
    {
      key: `system.health.reader.${health.reader}`,
      tone: health.reader === 'ready' ? 'ok' : health.reader === 'starting' ? 'wait' : 'bad',
    },
    {
      key: `system.health.server.${health.server}`,
      tone: health.server === 'connected' ? 'ok' : health.server === 'connecting' ? 'wait' : 'bad',
    },
  ];
  if (health.storage !== 'ok') {
    const tone = health.storage === 'cacheRebuilt' ? 'wait' : 'bad';
    lines.push({ key: `system.health.storage.${health.storage}`, tone });
  }
  if (health.clock !== 'ok') lines.push({ key: 'system.health.clock.jumped', tone: 'bad' });
  return lines;
}

/** What is wrong with the storage so that nobody may be served; null while it takes what must be kept. */
export function storageFault({ storage }: TerminalHealth) {
  return storage === 'ok' || storage === 'cacheRebuilt' || storage === 'serverBehind'
    ? null
    : storage;
}

/**
 * The fault that changes the main picture, gravest first; null while a tap works. A server that is merely out of reach
 * is none: people who were here in this shift can still sign in.
 */
export function mainFault(health: TerminalHealth): FaultName | null {
  const { clock, reader, server } = health;
  const storage = storageFault(health);
  if (storage !== null) return storage;
  if (clock === 'jumped') return 'clock';
  if (reader === 'noReader' || reader === 'serviceDown') return reader;
  if (server === 'untrusted' || server === 'refused') return server;
  return null;
}
