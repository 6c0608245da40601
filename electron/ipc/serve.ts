import { ipcMain, type IpcMainInvokeEvent, type WebContents, type WebFrameMain } from 'electron';
import * as v from 'valibot';
import {
  systemTopicSchemas,
  workspaceTopicSchemas,
  type CallRefusal,
  type Reply,
} from '#core/contracts/ipc.ts';
import { pageOrigin } from '../views/pageFile.ts';

/** Which pages may call, by WebContents id; filled when a page is made, emptied when it goes. */
export type SenderRegistry = Map<number, 'system' | 'workspace'>;

type CallTable = Record<string, { payload: v.GenericSchema; reply: v.GenericSchema }>;

/** One handler per call of a table: a validated payload in, a refusable value out. */
export type CallHandlers<Table extends CallTable> = {
  readonly [Name in keyof Table]: (
    payload: v.InferOutput<Table[Name]['payload']>,
    senderId: number,
  ) => Promise<Reply<v.InferOutput<Table[Name]['reply']>>>;
};

/** Why a call came to nothing without its handler having decided so. */
export type CallTrouble =
  'untrustedSender' | 'invalidPayload' | 'noSession' | 'invalidReply' | 'failed';

interface ServeOptions<Table extends CallTable> {
  readonly role: 'system' | 'workspace';
  readonly table: Table;
  readonly handlers: CallHandlers<Table>;
  readonly senders: SenderRegistry;
  /** Told of every call that was refused to its sender as such, or that failed in its handler. Never given a payload. */
  readonly onTrouble: (
    trouble: CallTrouble,
    call: string,
    senderId: number,
    cause?: unknown,
  ) => void;
}

/**
 * Answers the calls of one role. A call reaches its handler only from the main frame of a registered page of that role, with
 * a payload that fits its schema; what goes back fits the reply's schema, or is the refusal `internal`.
 */
export function serveCalls<Table extends CallTable>(options: ServeOptions<Table>): void {
  for (const [name, schemas] of Object.entries(options.table)) {
    const handler = options.handlers[name];
    if (handler === undefined) throw new Error(`no handler for ${name}`);
    ipcMain.handle(`wardkey:${options.role}:${name}`, async (event, payload: unknown) => {
      const senderId = event.sender.id;
      if (!isTrusted(event, options)) {
        options.onTrouble('untrustedSender', name, senderId);
        return refusal('denied');
      }
      const parsed = v.safeParse(schemas.payload, payload ?? null);
      if (!parsed.success) {
        options.onTrouble('invalidPayload', name, senderId);
        return refusal('invalid');
      }
      try {
        const reply = await handler(parsed.output, senderId);
        if (!reply.ok && reply.code === 'noSession') options.onTrouble('noSession', name, senderId);
        if (reply.ok && !v.is(schemas.reply, reply.value)) {
          options.onTrouble('invalidReply', name, senderId);
          return refusal('internal');
        }
        return reply;
      } catch (cause) {
        options.onTrouble('failed', name, senderId, cause);
        return refusal('internal');
      }
    });
  }
}

function refusal(code: CallRefusal): Reply<never> {
  return { ok: false, code };
}

function isTrusted(
  event: IpcMainInvokeEvent,
  options: Pick<ServeOptions<CallTable>, 'role' | 'senders'>,
): boolean {
  if (options.senders.get(event.sender.id) !== options.role) return false;
  // Typed as nullable from Electron 35 on; a frame that has gone is no sender.
  const frame: WebFrameMain | null = event.senderFrame;
  if (frame === null || frame !== event.sender.mainFrame) return false;
  return frame.url.startsWith(`${pageOrigin}/${options.role}.html`);
}

const topics: Record<'system' | 'workspace', Readonly<Record<string, v.GenericSchema>>> = {
  system: systemTopicSchemas,
  workspace: workspaceTopicSchemas,
};

/**
 * Pushes one message of a topic to a page; a page that has gone receives nothing, and no page what does not fit the topic.
 * Answers whether it fitted.
 */
export function pushTo(
  contents: Pick<WebContents, 'isDestroyed' | 'send'>,
  role: 'system' | 'workspace',
  topic: string,
  message: unknown,
): boolean {
  const schema = topics[role][topic];
  if (schema === undefined || !v.is(schema, message)) return false;
  if (!contents.isDestroyed()) contents.send(`wardkey:${role}:${topic}`, message);
  return true;
}
