/** Numbers that follow from a seed alone: the same seed makes the same hospital on every machine. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number between both ends, both included. */
  whole(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  uuid(): string;
  hex(bytes: number): string;
  /** Another sequence, named: adding to one part of the hospital does not change the others. */
  branch(name: string): Random;
}

/** Makes a sequence from a seed (sfc32 over a string hash). */
export function createRandom(seed: string): Random {
  const state = hash(seed);
  const next = (): number => {
    const [a, b, c, d] = state;
    const sum = (((a + b) | 0) + d) | 0;
    state[3] = (d + 1) | 0;
    state[0] = b ^ (b >>> 9);
    state[1] = (c + (c << 3)) | 0;
    state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let warmed = 0; warmed < 16; warmed += 1) next();
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  const hex = (bytes: number): string =>
    Array.from({ length: bytes }, () => whole(0, 255).toString(16).padStart(2, '0')).join('');
  return {
    next,
    whole,
    hex,
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[whole(0, items.length - 1)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    uuid: () => {
      const digits = hex(16);
      const variant = '89ab'.charAt(Number.parseInt(digits.charAt(16), 16) % 4);
      return [
        digits.slice(0, 8),
        digits.slice(8, 12),
        `4${digits.slice(13, 16)}`,
        `${variant}${digits.slice(17, 20)}`,
        digits.slice(20, 32),
      ].join('-');
    },
    branch: (name) => createRandom(`${seed}/${name}`),
  };
}

function hash(text: string): [number, number, number, number] {
  const state: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  for (let at = 0; at < text.length; at += 1) {
    const lane = (at % 3) as 0 | 1 | 2;
    state[lane] = Math.imul(state[lane] ^ text.charCodeAt(at), 0x01000193) ^ (at << 8);
  }
  return state;
}
