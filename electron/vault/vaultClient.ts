import * as v from 'valibot';
import {
  vaultCallSchemas,
  vaultRefusalSchema,
  type VaultAnswer,
  type VaultCall,
  type VaultPayload,
  type VaultRefusal,
} from '#core/contracts/vault.ts';
import { refuse, succeed, type Result } from '#core/result.ts';

/** A child process as the client needs it: Electron's UtilityProcess is one; a forked Node process is made one by an adapter. */
export interface VaultChild {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
}

/** What the main process holds of a vault. */
export interface VaultClient {
  /** Asks; `vaultLost` when the process is gone, or did not answer in time and was killed for it. */
  call<Call extends VaultCall>(
    call: Call,
    payload: VaultPayload<Call>,
  ): Promise<Result<VaultAnswer<Call>, VaultRefusal>>;
  /** Ends the process; resolves when it has gone, and with it every key. */
  kill(): Promise<void>;
}

const replySchema = v.variant('ok', [
  v.looseObject({ id: v.number(), ok: v.literal(true), value: v.unknown() }),
  v.looseObject({ id: v.number(), ok: v.literal(false), code: vaultRefusalSchema }),
]);
type VaultReply = v.InferOutput<typeof replySchema>;

const defaultDeadlineMs = 15_000;
/** These may work through many megabytes on a slow disk. */
const longDeadlineMs = 120_000;
const longCalls: ReadonlySet<VaultCall> = new Set(['feedApply', 'inboxApply', 'openByRelease']);
/** Damage that these find is cured by the login that asked. */
const openings: ReadonlySet<VaultCall> = new Set(['openBySlot', 'openByRelease', 'openByGrace']);

/** Speaks to one vault process. `onExit` hears once that it ended, and whether `kill` had been asked for. */
export function createVaultClient(options: {
  readonly child: VaultChild;
  readonly onExit?: (expected: boolean, exitCode: number) => void;
  /** Hears once that the open cache proved damaged: the vault has shut it. Openings say it in their own answer. */
  readonly onDamaged?: () => void;
  /** For tests: one deadline for every call. */
  readonly deadlineMs?: number;
}): VaultClient {
  const { child } = options;
  const waiting = new Map<number, (reply: VaultReply | null) => void>();
  let nextId = 1;
  let gone = false;
  let meant = false;
  let isDamaged = false;
  let announceExit: () => void = () => undefined;
  const exited = new Promise<void>((resolve) => {
    announceExit = resolve;
  });

  child.on('message', (message) => {
    const reply = v.safeParse(replySchema, message);
    if (!reply.success) return;
    const answer = waiting.get(reply.output.id);
    waiting.delete(reply.output.id);
    answer?.(reply.output);
  });
  child.on('exit', (code) => {
    if (gone) return;
    gone = true;
    for (const answer of waiting.values()) answer(null);
    waiting.clear();
    announceExit();
    options.onExit?.(meant, code);
  });

  const ask = (call: VaultCall, payload: unknown): Promise<VaultReply | null> => {
    if (gone) return Promise.resolve(null);
    const id = nextId++;
    return new Promise((resolve) => {
      const deadlineMs =
        options.deadlineMs ?? (longCalls.has(call) ? longDeadlineMs : defaultDeadlineMs);
      const timer = setTimeout(() => {
        waiting.delete(id);
        resolve(null);
        // A vault that does not answer may hold an open key: it must not linger.
        child.kill();
      }, deadlineMs);
      waiting.set(id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      child.postMessage({ id, call, payload });
    });
  };

  return {
    call: async (call, payload) => {
      const reply = await ask(call, payload);
      if (reply === null) return refuse('vaultLost');
      if (!reply.ok) {
        const isNews = reply.code === 'cacheDamaged' && !openings.has(call) && !isDamaged;
        isDamaged ||= isNews;
        if (isNews) options.onDamaged?.();
        return refuse(reply.code);
      }
      const answer = v.safeParse(vaultCallSchemas[call].answer, reply.value);
      if (!answer.success) return refuse('internal');
      // The schema of this very call has just checked it; the compiler cannot follow the index.
      return succeed(answer.output as VaultAnswer<typeof call>);
    },
    kill: async () => {
      meant = true;
      if (!gone) child.kill();
      await exited;
    },
  };
}
