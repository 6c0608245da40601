/** A stretch of text and whether the other version lacks it. */
export interface Stretch {
  readonly text: string;
  readonly changed: boolean;
}

/** Above this many words a comparison would take too long to be worth its marks; the texts still stand side by side. */
const mostWords = 1500;

/** Marks the words of `text` that `other` does not have in the same order (longest common subsequence). */
export function markDifferences(text: string, other: string): Stretch[] {
  const words = text.split(/(?<=\s)(?=\S)/);
  const others = other.split(/(?<=\s)(?=\S)/);
  if (words.length > mostWords || others.length > mostWords) return [{ text, changed: false }];
  const width = others.length + 1;
  const lengths = new Uint16Array((words.length + 1) * width);
  const lengthAt = (i: number, j: number) => lengths[i * width + j] ?? 0;
  const same = (i: number, j: number) => words[i]?.trim() === others[j]?.trim();
  for (let i = words.length - 1; i >= 0; i -= 1) {
    for (let j = others.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = same(i, j)
        ? lengthAt(i + 1, j + 1) + 1
        : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
    }
  }
  const stretches: { text: string; changed: boolean }[] = [];
  let j = 0;
  words.forEach((word, i) => {
    while (j < others.length && !same(i, j) && lengthAt(i, j + 1) >= lengthAt(i + 1, j)) j += 1;
    const kept = j < others.length && same(i, j);
    if (kept) j += 1;
    const last = stretches.at(-1);
    if (last !== undefined && last.changed === !kept) last.text += word;
    else stretches.push({ text: word, changed: !kept });
  });
  return stretches;
}
