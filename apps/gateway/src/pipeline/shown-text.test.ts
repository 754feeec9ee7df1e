import { Redactor } from '@openclaw-gateway/db/redact/redactor';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createShownText } from './shown-text.ts';

const SECRET = 'Zq-correct-horse-9';
const redactor = new Redactor([SECRET]);

function shownOf(pieces: readonly string[]): string[] {
  const shown = createShownText(redactor);
  return [...pieces.map((piece) => shown.add(piece)), shown.rest()];
}

it('I8 a secret that a model says in pieces is never shown, however it is cut and encoded', () => {
  const written = fc.constantFrom(
    SECRET,
    Buffer.from(SECRET).toString('base64'),
    Buffer.from(SECRET).toString('hex'),
    encodeURIComponent(SECRET),
  );
  const words = fc.constantFrom('hello ', 'Zq-', 'the key: ', 'Zq-correct ', '中文', '\n');
  fc.assert(
    fc.property(
      fc.array(fc.oneof(words, written), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 }),
      (parts, cuts) => {
        const text = parts.join('');
        const pieces: string[] = [];
        for (let at = 0, cut = 0; at < text.length; cut++) {
          const length = cuts[cut % cuts.length] ?? 1;
          pieces.push(text.slice(at, at + length));
          at += length;
        }
        const shown = shownOf(pieces).join('');
        expect(redactor.redactText(shown)).toBe(shown);
        expect(shown).not.toContain('correct-horse');
      },
    ),
    { numRuns: 500 },
  );
});

it('keeps nothing back of a text that is none', () => {
  expect(shownOf(['The gate opens', ' at seven.'])).toEqual(['The gate opens', ' at seven.', '']);
  expect(createShownText(undefined).add('anything')).toBe('anything');
});
