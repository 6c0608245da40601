import { describe, expect, it } from 'vitest';
import type { TerminalHealth } from '#core/contracts/ipc.ts';
import { healthLines, mainFault } from '#renderer/system/health.ts';

const well: TerminalHealth = { reader: 'ready', server: 'connected', storage: 'ok', clock: 'ok' };

describe('the picture of the idle screen', () => {
  it('invites a tap while a tap works', () => {
    expect(mainFault(well)).toBeNull();
    expect(mainFault({ ...well, server: 'unreachable' })).toBeNull();
    expect(mainFault({ ...well, server: 'connecting', reader: 'starting' })).toBeNull();
    expect(mainFault({ ...well, storage: 'cacheRebuilt' })).toBeNull();
    expect(mainFault({ ...well, storage: 'serverBehind' })).toBeNull();
  });

  it('changes for every fault that keeps people out, gravest first', () => {
    expect(mainFault({ ...well, reader: 'noReader' })).toBe('noReader');
    expect(mainFault({ ...well, reader: 'serviceDown' })).toBe('serviceDown');
    expect(mainFault({ ...well, server: 'untrusted' })).toBe('untrusted');
    expect(mainFault({ ...well, clock: 'jumped', reader: 'noReader' })).toBe('clock');
    expect(mainFault({ ...well, storage: 'spoolDamaged', clock: 'jumped' })).toBe('spoolDamaged');
  });

  it('says reader and server always, storage and clock only when they are not in order', () => {
    expect(healthLines(well)).toHaveLength(2);
    expect(healthLines({ ...well, storage: 'diskFull', clock: 'jumped' })).toHaveLength(4);
  });
});
