import { randomUUID } from 'node:crypto';
import type { Person } from '#core/contracts/terminal.ts';
import { refuse, succeed } from '#core/result.ts';
import { defaultSessionPolicy } from '#core/session/model.ts';
import { createSessionRunner, type SessionHands } from '#electron/session/runner.ts';
import { createWorkspaceCalls } from '#electron/session/workspaceCalls.ts';
import type { WorkspaceCallDeps } from '#electron/session/callContext.ts';
import type { VaultClient } from '#electron/vault/vaultClient.ts';
import type { WorkspacePage } from '#electron/views/stage.ts';
import { farEnds } from '#test/core/session/scene.ts';
import { anna, createWorkspaceRig } from './workspaceRig.ts';

/*
 * A terminal at which people chart: machine, runner, workspaces, calls, graces and spool are the real ones. Pages and vaults
 * are played, late or never answering; a page types what names the person it was given to.
 */

export const people: readonly Person[] = [anna, { ...anna, personId: 'ben', displayName: 'Ben' }];

/** What a page was told: saved. */
interface Saved {
  readonly personId: string;
  readonly sessionId: string;
  readonly text: string;
  readonly draftId: string | null;
}

interface Page {
  readonly id: number;
  token: string;
  personId: string | null;
  sessionId: string | null;
}

export interface ChartingCorner {
  readonly tap: (person: number) => void;
  readonly leave: () => void;
  readonly crash: (which: 'vault' | 'renderer') => void;
  /** A page types and saves: one that is in front, or an older one that has not heard of its end. */
  readonly saveDraft: (page: number) => void;
  readonly writeNote: (page: number) => void;
  readonly disk: (isFull: boolean) => void;
  readonly settle: () => Promise<void>;
  readonly saved: readonly Saved[];
  readonly draftsOf: (personId: string) => readonly { draftId: string; sealed: string }[];
  readonly operations: () => readonly {
    by: string;
    author: string;
    session: string;
    text: string;
  }[];
  readonly entries: () => readonly {
    action: string;
    outcome: string;
    personId: string | null;
    sessionId: string | null;
  }[];
  readonly opened: () => number;
  readonly stop: () => void;
}

const pause = async (ms: number): Promise<void> =>
  await new Promise((resolve) => setTimeout(resolve, ms));

/** `delaysMs` are taken in turn wherever somebody takes time. */
export function createChartingCorner(delaysMs: readonly number[]): ChartingCorner {
  let turn = 0;
  const takesTime = async (): Promise<void> => await pause(delaysMs[turn++ % delaysMs.length] ?? 0);
  let isFull = false;
  let openings = 0;
  let texts = 0;
  let presence = 0;
  const pages: Page[] = [];
  const saved: Saved[] = [];
  const owners = new Map<number, Person>();

  const makeVault = (ownerOf: () => string): VaultClient => {
    let isGone = false;
    let graceOwner = '';
    const owner = (): string => graceOwner || ownerOf();
    const answerTo = (call: string, payload: unknown): unknown => {
      switch (call) {
        case 'openByGrace':
          graceOwner = (payload as { grace: { personId: string } }).grace.personId;
          return { asOfMs: null, cursor: null, feedEpoch: null, cacheId: 'c', generation: 1 };
        case 'graceSeal':
          return { personId: owner(), cacheId: 'c', sealed: 'sealed' };
        case 'boardRead':
          return { wardName: 'Ash', rows: [] };
        case 'draftsOpen':
          return { drafts: [], unreadable: 0 };
        case 'draftSeal':
          return {
            sealed: `${owner()} ${(payload as { draft: { content: string } }).draft.content}`,
          };
        case 'notePrepare': {
          const { author, note } = payload as {
            author: { personId: string; sessionId: string };
            note: { text: string };
          };
          const fact = {
            by: owner(),
            author: author.personId,
            session: author.sessionId,
            text: note.text,
          };
          const operation = { operationId: randomUUID(), sealed: JSON.stringify(fact) };
          return { id: randomUUID(), operations: [{ operation, sealedForAuthor: 'own' }] };
        }
        default:
          return call === 'close' ? { generation: 1 } : null;
      }
    };
    return {
      call: async (call, payload) => {
        await takesTime();
        return (isGone ? refuse('vaultLost') : succeed(answerTo(call, payload))) as never;
      },
      kill: async () => {
        isGone = true;
        await takesTime();
      },
    };
  };

  const makePage = (): WorkspacePage => {
    const contents = { isDestroyed: () => false, id: pages.length };
    const layerPage: WorkspacePage = {
      layer: { contents } as unknown as WorkspacePage['layer'],
      ready: Promise.resolve(true),
      isGone: () => false,
      push: (topic, message) => void hear(page, topic, message),
    };
    const page: Page = {
      id: pages.length,
      token: '',
      personId: null,
      sessionId: null,
    };
    pages.push(page);
    return layerPage;
  };
  const hear = async (page: Page, topic: string, message: unknown): Promise<void> => {
    if (topic === 'workspaceBegin') {
      const { token, person } = message as { token: string; person: Person };
      page.token = token;
      page.personId = person.personId;
      page.sessionId = rig.workspaces.current()?.session.sessionId ?? null;
      await takesTime();
      await calls.workspacePainted({ token, what: 'board' }, page.id);
    }
    if (topic === 'workspaceEnd') {
      await saveDraft(page);
      await calls.workspaceCleared({ token: page.token }, page.id);
    }
  };

  const rig = createWorkspaceRig((deps) => ({
    stage: {
      takeSpare: makePage,
      raiseWorkspace: () => undefined,
      // What a page had sent before it died may still arrive: here it never falls silent.
      destroyWorkspace: takesTime,
    },
    takeVault: () => makeVault(() => 'nobody'),
    claimLogin: (attempt) => {
      const claimed = deps.claimLogin(attempt);
      const person = owners.get(attempt);
      if (claimed === null || person === undefined) return null;
      const vault = makeVault(() => person.personId);
      return { ...claimed, vault, facts: { ...claimed.facts, person } };
    },
    spool: {
      ...deps.spool,
      append: (entries) => (isFull ? refuse('diskFull') : deps.spool.append(entries)),
    },
    onOpened: () => void (openings += 1),
  }));
  // One spool for all: what the log cannot take, no write and no draft may be kept by either.
  const { whole } = rig;
  const spool: WorkspaceCallDeps['spool'] = {
    ...whole,
    append: (entries) => (isFull ? refuse('diskFull') : whole.append(entries)),
    commitWrite: (write) => (isFull ? refuse('diskFull') : whole.commitWrite(write)),
    drafts: {
      ...whole.drafts,
      save: (draft) => (isFull ? refuse('diskFull') : whole.drafts.save(draft)),
    },
  };
  const nowMs = (): number => performance.now();
  const hands: SessionHands = {
    identify: async (_attempt, tap) => {
      await takesTime();
      const grace = rig.graces.find(tap.badgeKey, nowMs(), Date.now());
      const person = people.find(({ personId }) => `badge-${personId}` === tap.badgeKey);
      if (person === undefined) return { kind: 'refused', code: 'badgeUnknown' };
      if (grace !== null)
        return { kind: 'grace', sessionId: grace.facts.sessionId, person, ends: farEnds };
      return { kind: 'pin', person, reason: 'newShift', triesLeft: 10, retryAtMs: null };
    },
    checkPin: async (attempt, pin) => {
      await takesTime();
      const person = people.find(({ personId }) => personId === pin);
      if (person === undefined) return { kind: 'refused', code: 'internal' };
      owners.set(attempt, person);
      return { kind: 'accepted', sessionId: `session-${attempt}`, ends: farEnds };
    },
    openWorkspace: async (attempt, session, by) => await rig.workspaces.open(attempt, session, by),
    dropAttempt: () => undefined,
    closeWorkspace: async (session, reason, keepGrace) =>
      await rig.workspaces.close(session, reason, keepGrace),
    notice: () => undefined,
    audit: (entry) => spool.append([entry]).ok,
    show: ({ phase }) => {
      // Everybody knows her PIN.
      if (phase.kind !== 'pin' || phase.checking) return;
      const { attempt, person } = phase;
      setImmediate(() =>
        runner.dispatch({ type: 'pinSubmitted', attempt, pin: person.personId, atMs: nowMs() }),
      );
    },
    onUnexpected: (_where, cause) => {
      throw cause;
    },
    onStuck: () => undefined,
  };
  const runner = createSessionRunner(hands, defaultSessionPolicy, nowMs);
  const fault = (): void =>
    runner.dispatch({ type: 'terminalFault', code: 'storageFault', atMs: nowMs() });
  const calls = createWorkspaceCalls({
    workspaces: rig.workspaces,
    spool,
    terminalId: 't1',
    intakePublicKey: 'key',
    dispatch: runner.dispatch,
    nowMs,
    wallMs: () => Date.now(),
    onWritten: () => undefined,
    onAppended: () => undefined,
    onPersonal: () => undefined,
    onSpoolRefusal: fault,
  } as Partial<WorkspaceCallDeps> as WorkspaceCallDeps);

  const saveDraft = async (page: Page): Promise<void> => {
    const { personId, sessionId } = page;
    if (personId === null || sessionId === null) return;
    const text = `${personId} ${(texts += 1)}`;
    const draftId = randomUUID();
    const form = {
      draftId,
      patientId: 'p1',
      patientLabel: 'P',
      kind: 'note',
      content: text,
    } as const;
    const reply = await calls.draftSave(form, page.id);
    if (reply.ok) saved.push({ personId, sessionId, text, draftId });
  };
  const writeNote = async (page: Page): Promise<void> => {
    const { personId, sessionId } = page;
    if (personId === null || sessionId === null) return;
    const text = `${personId} ${(texts += 1)}`;
    const note = { patientId: 'p1', draftId: null, note: { text, corrects: null } };
    const reply = await calls.noteWrite(note, page.id);
    if (reply.ok) saved.push({ personId, sessionId, text, draftId: null });
  };
  const fromFront = (back: number): Page | undefined => pages[pages.length - 1 - back];

  return {
    tap: (person) => {
      const badgeKey = `badge-${people[person]?.personId ?? ''}`;
      presence += 1;
      const tap = { reader: 'r', presence, badgeKey, atMs: nowMs() };
      runner.dispatch({ type: 'badge', tap });
      runner.dispatch({ type: 'badgeRemoved', reader: 'r', presence, atMs: nowMs() });
    },
    leave: () => runner.dispatch({ type: 'leaveRequested', atMs: nowMs() }),
    crash: (which) => {
      const workspace = rig.workspaces.current();
      if (workspace === null || workspace.closing) return;
      const { sessionId, attempt } = workspace.session;
      runner.dispatch({ type: 'processLost', sessionId, attempt, which, atMs: nowMs() });
    },
    saveDraft: (back) => {
      const page = fromFront(back);
      if (page !== undefined) void saveDraft(page);
    },
    writeNote: (back) => {
      const page = fromFront(back);
      if (page !== undefined) void writeNote(page);
    },
    disk: (full) => {
      isFull = full;
      if (!full) runner.dispatch({ type: 'terminalFault', code: null, atMs: nowMs() });
    },
    settle: async () => {
      runner.dispatch({ type: 'leaveRequested', atMs: nowMs() });
      for (let looks = 0; looks < 200; looks += 1) {
        await pause(5);
        if (['idle', 'fault'].includes(runner.state().phase.kind)) break;
        runner.dispatch({ type: 'leaveRequested', atMs: nowMs() });
      }
      await pause(40);
    },
    saved,
    draftsOf: (personId) => whole.drafts.ofPerson(personId),
    operations: () =>
      whole.outbox
        .pending(1_000)
        .map(
          ({ sealed }) =>
            JSON.parse(sealed) as { by: string; author: string; session: string; text: string },
        ),
    entries: () => whole.unsent(10_000),
    opened: () => openings,
    stop: () => {
      runner.stop();
      rig.remove();
    },
  };
}
