import * as v from 'valibot';
import {
  vaultCallSchemas,
  type VaultAnswer,
  type VaultCall,
  type VaultRefusal,
} from '#core/contracts/vault.ts';
import type { Result } from '#core/result.ts';
import { rehearse } from './rehearsal.ts';
import { createVaultCalls } from './vaultCalls.ts';

/* The vault process: one per badge session, killed at its end. It speaks over Electron's parent port or a forked Node's channel. */

const requestSchema = v.strictObject({ id: v.number(), call: v.string(), payload: v.unknown() });

type VaultReply =
  | { id: number; ok: true; value: unknown }
  /** `at` is the stack without its first line: a message could carry a piece of a record. */
  | { id: number; ok: false; code: VaultRefusal; at?: string };

function isCall(name: string): name is VaultCall {
  return Object.hasOwn(vaultCallSchemas, name);
}

function framesOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n');
}

function createAnswerer(): (message: unknown) => Promise<VaultReply | null> {
  const { calls, failed } = createVaultCalls();
  const run = async <Call extends VaultCall>(
    call: Call,
    payload: unknown,
  ): Promise<Result<VaultAnswer<Call>, VaultRefusal>> => {
    const checked = v.safeParse(vaultCallSchemas[call].payload, payload);
    if (!checked.success) return { ok: false, code: 'invalid' };
    // The schema of this very call has just checked it; the compiler cannot follow the index.
    return await calls[call](checked.output);
  };
  return async (message) => {
    const request = v.safeParse(requestSchema, message);
    if (!request.success) return null;
    const { id, call, payload } = request.output;
    if (!isCall(call)) return { id, ok: false, code: 'invalid' };
    try {
      return { id, ...(await run(call, payload)) };
    } catch (error) {
      return { id, ok: false, code: failed(error), at: framesOf(error) };
    }
  };
}

/** A vault of its own for the rehearsal, called as main calls the real one. */
function rehearsalVault(): (call: VaultCall, payload: unknown) => Promise<unknown> {
  const answer = createAnswerer();
  return async (call, payload) => {
    const reply = await answer({ id: 0, call, payload });
    if (reply?.ok !== true) throw new Error(`the rehearsal was refused: ${call}`);
    return reply.value;
  };
}

function serve(): void {
  const answer = createAnswerer();
  // One call after the other: a page of the feed must not interleave with a login. A disk that takes no rehearsal is no
  // reason not to serve.
  let turn: Promise<void> = rehearse(rehearsalVault).catch(() => undefined);
  const take = (message: unknown, reply: (reply: VaultReply) => void) => {
    turn = turn.then(async () => {
      const answered = await answer(message);
      if (answered !== null) reply(answered);
    });
  };
  const parentPort = (process as Partial<NodeJS.Process>).parentPort;
  if (parentPort === undefined) {
    process.on('message', (message) =>
      take(message, (reply) => process.send?.(reply, () => undefined)),
    );
    // Without its parent nobody could end it, and it would keep its keys.
    process.on('disconnect', () => process.exit(0));
    return;
  }
  parentPort.on('message', ({ data }) => take(data, (reply) => parentPort.postMessage(reply)));
}

serve();
