import type { Freshness } from '#core/contracts/clinical.ts';
import type { WorkspaceBegin } from '#core/contracts/ipc.ts';
import type { LiveSession } from '#core/session/model.ts';
import type { LatencyRecorder } from '../latency.ts';
import type { Logger } from '../log.ts';
import type { Spool } from '../spool/spool.ts';
import type { VaultClient } from '../vault/vaultClient.ts';
import type { Stage, WorkspacePage } from '../views/stage.ts';
import type { BadgeKeys } from './badgeKeys.ts';
import type { GraceStore } from './grace.ts';
import type { OpenedLogin, Where } from './loginDeps.ts';
import type { SessionFacts } from './sessionFacts.ts';

/** One open workspace: a person, her vault, her page. At most one exists at a time. */
export interface Workspace {
  readonly session: LiveSession;
  readonly vault: VaultClient;
  readonly page: WorkspacePage;
  /** Names this opening in messages to and from the page. */
  readonly token: string;
  readonly cacheId: string;
  facts: SessionFacts;
  /** Patients whose presence on the board is in the log already. */
  readonly boardPatients: Set<string>;
  /** Visiting patients whose record this session holds, and on what ground it was released. */
  readonly visits: Map<string, string>;
  /** How often the record of a patient has changed in this session's vault. */
  readonly changes: Map<string, number>;
  /** Drafts that were filed or thrown away in it: a save that was under way by then must not bring one back. */
  readonly finishedDrafts: Set<string>;
  /** Its end has begun: only the last draft and the acknowledgement may still come in. */
  closing: boolean;
}

/** What opening and closing a workspace work with. */
export interface WorkspacesDeps {
  readonly stage: Pick<Stage, 'takeSpare' | 'raiseWorkspace' | 'destroyWorkspace'>;
  readonly takeVault: () => VaultClient;
  readonly prepareSpares: () => void;
  readonly clearClipboards: () => void;
  readonly claimLogin: (attempt: number) => OpenedLogin | null;
  readonly graces: GraceStore;
  readonly graceMs: number;
  readonly badgeKeys: BadgeKeys;
  readonly deviceSecret: string;
  readonly where: () => Where;
  /** The ward that this terminal stands on. */
  readonly wardId: string;
  readonly spool: Pick<Spool, 'append' | 'drafts' | 'anchors'>;
  /** Entries wait to be sent. */
  readonly onAppended: () => void;
  readonly latency: LatencyRecorder;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  readonly freshness: (opened: OpenedLogin) => Freshness;
  /** Facts of the page that belong to the terminal, and how this person likes her screens. */
  readonly surroundings: (
    personId: string,
  ) => Pick<WorkspaceBegin, 'terminalName' | 'wardName' | 'language' | 'theme' | 'leaveHint'>;
  /** Told once a workspace shows data: sync takes its vault. */
  readonly onOpened: (workspace: Workspace, opened: OpenedLogin) => void;
  /** The page is empty; sync lets go of the vault. */
  readonly onClosing: (workspace: Workspace) => void;
}
