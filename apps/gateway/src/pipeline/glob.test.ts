import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitsPattern } from './glob.ts';

test.each([
  ['*invoice*', 'My Invoice is wrong', true],
  ['/deploy *', '/deploy now', true],
  ['/deploy *', 'please /deploy now', false],
  ['order ????', 'order 1234', true],
  ['order ????', 'order 123', false],
  ['', '', true],
  ['*', '', true],
  ['a.c', 'abc', false],
  ['*é*', 'Cafe\u0301', true],
  ['*?', '', false],
])('A3 the pattern %j and the text %j', (pattern, text, fits) => {
  expect(fitsPattern(pattern, text)).toBe(fits);
});

test('A3 a pattern that would take a backtracking matcher for ever is decided at once', () => {
  const startedAt = performance.now();
  expect(fitsPattern(`${'*a'.repeat(100)}b`, 'a'.repeat(1_000_000))).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test('A3 agrees with a regular expression of the same meaning', () => {
  const piece = fc.constantFrom('a', 'b', '*', '?', '.', '(');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 6 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '.', '('), maxLength: 8 }),
      (pieces, text) => {
        const source = pieces.map((each) => (each === '*' ? '.*' : each === '?' ? '.' : each.replace(/[.()]/, '\\$&'))).join('');
        expect(fitsPattern(pieces.join(''), text)).toBe(new RegExp(`^${source}$`, 's').test(text));
      },
    ),
  );
});
