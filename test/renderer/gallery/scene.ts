import type { Page } from 'playwright-core';
import type { SystemSnapshot, WorkspaceBegin } from '#core/contracts/ipc.ts';
import type { WorkspaceCall, WorkspaceTopic } from '#core/contracts/channels.ts';

/** The moment at which every scene plays: Monday 23 November 2026, 14:34 in Toronto. */
export const nowMs = Date.UTC(2026, 10, 23, 19, 34);
export const minutes = (count: number) => nowMs + count * 60_000;

/** What the fake bridge answers to a call: one reply for every payload, or one per patient. */
export type FakeReply = { ok: true; value: unknown } | { ok: false; code: string };

interface SceneBase {
  readonly name: string;
  /** Steps to the state that is pictured; every picture of the scene takes them anew. */
  readonly act?: (page: Page) => Promise<void>;
}

/** A picture of the system view. */
export interface SystemScene extends SceneBase {
  readonly page: 'system';
  readonly snapshot: SystemSnapshot;
}

/** A picture of a workspace, with the answers its calls get. */
export interface WorkspaceScene extends SceneBase {
  readonly page: 'workspace';
  readonly begin: WorkspaceBegin;
  readonly replies?: Partial<Record<WorkspaceCall, FakeReply>>;
  readonly messages?: readonly { topic: WorkspaceTopic; message: unknown }[];
}

export type Scene = SystemScene | WorkspaceScene;
