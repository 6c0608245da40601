import { app } from 'electron';
import type { Freshness } from '#core/contracts/clinical.ts';
import type { TerminalStatus, WorkspaceBegin } from '#core/contracts/ipc.ts';
import { createClockWatch, type ClockWatch } from './clockWatch.ts';
import type { Where } from './session/loginDeps.ts';
import type { Workspace } from './session/workspace.ts';
import type { Sync } from './sync/sync.ts';
import type { TerminalParts } from './terminal.ts';

/* Small answers about a running terminal, read off its parts; nothing here changes anything. */

/** Whether the wall clock may be trusted, kept true by the spool's memory and the record server's word. */
export function watchClock(
  { foundations, nowMs, wallMs }: TerminalParts,
  onChange: (sound: boolean, byMs: number) => void,
): ClockWatch {
  const { spool } = foundations;
  return createClockWatch({
    wallMs,
    nowMs,
    lastSeenMs: () => spool.lastSeenMs(),
    noteSeen: (seenMs) => void spool.noteSeen(seenMs),
    onChange,
  });
}

/** The cache file, and the generation below which it must be yesterday's. */
export function whereOf({ foundations, paths }: TerminalParts): Where {
  const { identity, keyFile, spool } = foundations;
  const cacheId = keyFile.escrow()?.cacheId;
  const anchor = cacheId === undefined ? null : spool.anchors.read(cacheId);
  return {
    cachePath: paths.cache,
    terminalId: identity.terminalId,
    wardName: identity.wardName,
    minimumGeneration:
      anchor === null ? null : { cacheId: anchor.cacheId, generation: anchor.generation },
  };
}

/** How fresh the open workspace's data is. */
export function freshnessOf({ foundations }: TerminalParts, sync: Sync): Freshness {
  const { link, asOfMs, filling, malformed } = sync.status();
  const counts = foundations.spool.outbox.counts(null);
  return {
    asOfMs,
    online: link === 'connected',
    unsentOperations: counts.pending,
    conflicts: counts.conflicts,
    malformed,
    filling,
  };
}

/** What belongs to the terminal in the first message of a workspace. */
export function surroundingsOf({
  foundations,
  view,
  policy,
}: TerminalParts): Pick<
  WorkspaceBegin,
  'terminalName' | 'wardName' | 'language' | 'theme' | 'leaveHint'
> {
  const { terminalName, wardName } = foundations.identity;
  return {
    terminalName,
    wardName,
    language: view.language(),
    theme: view.theme(),
    leaveHint: policy.leaveBy,
  };
}

/** The status screen's numbers. */
export function statusOf(
  parts: TerminalParts,
  sync: Sync,
  readers: readonly string[],
  workspace: Workspace,
): TerminalStatus {
  const { spool } = parts.foundations;
  const version = process.versions.electron;
  return {
    health: parts.view.health(),
    freshness: freshnessOf(parts, sync),
    version: app.getVersion(),
    electronVersion: version,
    developmentRuntime: Number(version.split('.')[0]) < oldestSupportedElectron,
    deviceSecretStore: 'file',
    readers: [...readers],
    leaseNotAfterMs: workspace.facts.leaseNotAfterMs,
    spoolUnsentEntries: spool.unsentCount(),
    spoolSequence: spool.head().sequence,
    latencies: parts.latency.summary(),
    sessionOpenedAtMs: Math.round(workspace.session.openedAtMs + parts.wallMs() - parts.nowMs()),
    shiftEndsAtMs: workspace.facts.shiftEndsAtMs,
  };
}

/** Electron supports its three latest majors; the development runtime (docs/adr/0004) is far older. */
const oldestSupportedElectron = 43;
