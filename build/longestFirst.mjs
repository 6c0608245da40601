import { BaseSequencer } from 'vitest/node';

/**
 * Lets the files that take longest begin first: what begins last ends last, and a core would stand idle meanwhile.
 * @param {readonly string[]} names parts of their paths, the longest first; all others follow in Vitest's own order.
 */
export function longestFirst(names) {
  const rank = ({ moduleId }) => {
    const at = names.findIndex((name) => moduleId.includes(name));
    return at < 0 ? names.length : at;
  };
  return class extends BaseSequencer {
    async sort(files) {
      return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
    }
  };
}
