import type { FastifyInstance } from 'fastify';

/** A bucket refills at `perSecond` up to `burst`; each request takes one. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Counts requests of each caller and says whether the next may pass. Holds only callers of the last minutes. */
export function createRateLimiter(limit: RateLimit, clock: () => number) {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const fullAfterMs = (limit.burst / limit.perSecond) * 1000;
  return {
    take(caller: string): boolean {
      const nowMs = clock();
      if (buckets.size > 10_000) forget(nowMs);
      const bucket = buckets.get(caller) ?? { tokens: limit.burst, atMs: nowMs };
      const refilled = bucket.tokens + (Math.max(0, nowMs - bucket.atMs) / 1000) * limit.perSecond;
      const tokens = Math.min(limit.burst, refilled);
      const passes = tokens >= 1;
      buckets.set(caller, { tokens: passes ? tokens - 1 : tokens, atMs: nowMs });
      return passes;
    },
  };

  /** A bucket that is full again is the same as none. */
  function forget(nowMs: number): void {
    for (const [caller, bucket] of buckets) {
      if (nowMs - bucket.atMs >= fullAfterMs) buckets.delete(caller);
    }
  }
}

/** Slows a flood: by terminal once one is known, by address for the few who have no certificate yet. */
export function addRateLimits(
  server: FastifyInstance,
  clock: () => number,
  limits: { readonly terminal: RateLimit; readonly stranger: RateLimit },
): void {
  const terminals = createRateLimiter(limits.terminal, clock);
  const strangers = createRateLimiter(limits.stranger, clock);
  server.addHook('onRequest', async (request, reply) => {
    const passes = request.terminal
      ? terminals.take(request.terminal.terminalId)
      : strangers.take(request.ip);
    if (!passes) await reply.code(429).header('retry-after', '1').send({ code: 'tooMany' });
  });
}
