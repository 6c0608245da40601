const firstMs = 500;
const longestMs = 15_000;

/** How long to wait before try number `attempt` (from 0): doubling, with jitter so that a ward does not come back as one. */
export function backOffMs(attempt: number, random: number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
