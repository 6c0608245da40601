import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a check answers something, or fails with what was waited for. */
export async function eventually(what, check, { deadlineMs = 10_000, everyMs = 20 } = {}) {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = await check();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain for: ${what}`);
    await sleep(everyMs);
  }
}
