import { app } from 'electron';
import type { Freshness } from '#core/contracts/clinical.ts';
import type { TerminalStatus, WorkspaceBegin } from '#core/contracts/ipc.ts';
import { createClockWatch, type ClockWatch } from './clockWatch.ts';
import { isOutdatedElectron } from './supportedElectron.ts';
import type { Where } from './session/loginDeps.ts';
import { lookFor } from './session/idleLook.ts';
import type { Workspace } from './session/workspace.ts';
import type { Sync } from './sync/sync.ts';
import type { TerminalParts } from './terminalParts.ts';

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

/** How fresh the data of a person's workspace is, and what waits for her. */
export function freshnessOf(
  { foundations }: TerminalParts,
  sync: Sync,
  personId: string,
): Freshness {
  const { link, asOfMs, filling, malformed } = sync.status();
  const { outbox, drafts } = foundations.spool;
  return {
    asOfMs,
    online: link === 'connected',
    unsentOperations: outbox.counts(null).pending,
    conflicts: outbox.conflictsFor(personId),
    rejected: drafts.rejectedOf(personId).length,
    malformed,
    filling,
  };
}

/** What belongs to the terminal in the first message of a workspace, in the language and colours of its person. */
export function surroundingsOf(
  { foundations, view, policy }: TerminalParts,
  personId: string,
): Pick<WorkspaceBegin, 'terminalName' | 'wardName' | 'language' | 'theme' | 'leaveHint'> {
  const { terminalName, wardName } = foundations.identity;
  return {
    terminalName,
    wardName,
    ...lookFor(foundations.spool.preferences.read(personId), view.look()),
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
    freshness: freshnessOf(parts, sync, workspace.session.person.personId),
    version: app.getVersion(),
    electronVersion: version,
    developmentRuntime: isOutdatedElectron(version),
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
