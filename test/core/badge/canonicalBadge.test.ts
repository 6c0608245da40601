import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as v from 'valibot';
import {
  badgeFromUid,
  buildBadge,
  maskedBadgeLabel,
  parseBadge,
  renderBadge,
} from '#core/badge/canonicalBadge.ts';
import { badgeTechnologySchema, canonicalBadgeSchema } from '#core/contracts/badge.ts';
import type { CanonicalBadge } from '#core/contracts/badge.ts';

const technologies = fc.constantFrom(...badgeTechnologySchema.options);

/** Bits as a big-endian number in whole bytes, the spare leading bits zero. */
const badges: fc.Arbitrary<CanonicalBadge> = fc
  .tuple(technologies, fc.integer({ min: 1, max: 512 }))
  .chain(([technology, bitLength]) =>
    fc.bigInt({ min: 0n, max: (1n << BigInt(bitLength)) - 1n }).map((bits) => ({
      technology,
      bitLength,
      hex: bits.toString(16).padStart(Math.ceil(bitLength / 8) * 2, '0'),
    })),
  );

const uids = fc
  .constantFrom(4, 7, 8, 10)
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));

test('every badge is read back from its one text', () => {
  fc.assert(
    fc.property(badges, (badge) => {
      expect(parseBadge(renderBadge(badge))).toEqual({ ok: true, value: badge });
    }),
  );
});

test('whatever is accepted as a badge text is its only spelling', () => {
  const nearTexts = fc
    .tuple(badges, fc.nat(), fc.constantFrom('0', ':', ' ', 'A', 'f', '\n', ''))
    .map(([badge, at, insert]) => {
      const text = renderBadge(badge);
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + insert + text.slice(cut);
    });
  fc.assert(
    fc.property(fc.oneof(nearTexts, fc.string()), (text) => {
      const parsed = parseBadge(text);
      if (parsed.ok) expect(renderBadge(parsed.value)).toBe(text);
    }),
  );
});

test('two badges share a text only when technology, bit length and bits are the same', () => {
  fc.assert(
    fc.property(badges, badges, (one, other) => {
      const same =
        one.technology === other.technology &&
        one.bitLength === other.bitLength &&
        one.hex === other.hex;
      expect(renderBadge(one) === renderBadge(other)).toBe(same);
    }),
  );
});

test('bits beyond the stated length are refused', () => {
  expect(buildBadge('prox', 26, Uint8Array.of(0x02, 0xec, 0x0c, 0x86)).ok).toBe(true);
  expect(buildBadge('prox', 26, Uint8Array.of(0x06, 0xec, 0x0c, 0x86)).ok).toBe(false);
  expect(buildBadge('prox', 26, Uint8Array.of(0xec, 0x0c, 0x86)).ok).toBe(false);
  expect(buildBadge('prox', 0, new Uint8Array()).ok).toBe(false);
});

test('the same bits of another length or technology are another badge', () => {
  const bytes = Uint8Array.of(0x02, 0xec, 0x0c, 0x86);
  const texts = [
    buildBadge('prox', 26, bytes),
    buildBadge('prox', 32, bytes),
    badgeFromUid(bytes),
  ].map((badge) => (badge.ok ? renderBadge(badge.value) : badge.code));
  expect(texts).toEqual(['prox:26:02ec0c86', 'prox:32:02ec0c86', 'iso14443-uid:32:02ec0c86']);
});

test('a UID becomes a valid badge with every one of its bytes, or is refused', () => {
  fc.assert(
    fc.property(uids, (uid) => {
      const badge = badgeFromUid(uid);
      if (!badge.ok) {
        expect(uid.every((byte) => byte === 0) || uid[0] === 0x08).toBe(true);
        return;
      }
      expect(v.is(canonicalBadgeSchema, badge.value)).toBe(true);
      expect(badge.value.hex).toBe(Buffer.from(uid).toString('hex'));
    }),
  );
});

test.each([
  ['no bytes', '', 'emptyUid'],
  ['zeros only', '00000000', 'emptyUid'],
  ['a random single-size UID', '08a1b2c3', 'randomUid'],
  ['a length no card has', '04a1b2c3d4', 'readError'],
])('%s name nobody', (_what, hex, code) => {
  expect(badgeFromUid(Buffer.from(hex, 'hex'))).toEqual({ ok: false, code });
});

test('only a single-size UID is random when it starts with 08', () => {
  expect(badgeFromUid(Buffer.from('08112233445566', 'hex')).ok).toBe(true);
});

test('a label shows at most four digits and never more than half of a badge', () => {
  fc.assert(
    fc.property(badges, (badge) => {
      const shown = maskedBadgeLabel(badge).replaceAll('•', '');
      expect(shown.length).toBeLessThanOrEqual(Math.min(4, badge.hex.length / 2));
      expect(badge.hex.endsWith(shown)).toBe(true);
    }),
  );
});
