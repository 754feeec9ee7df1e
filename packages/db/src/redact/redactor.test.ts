import { expect, test } from 'vitest';
import { Redactor } from './redactor.ts';

function redact(secrets: readonly string[], value: unknown): unknown {
  return new Redactor(secrets).redact(value, JSON.stringify(value));
}

test('puts [secret] in the place of a known secret, in texts, lists, nested objects and keys', () => {
  const value = { text: 'my token is tok-12345!', list: [{ 'x tok-12345': 1 }, 'tok-12345tok-12345'], number: 5, none: null };
  expect(redact(['tok-12345'], value)).toEqual({
    text: 'my token is [secret]!',
    list: [{ 'x [secret]': 1 }, '[secret][secret]'],
    number: 5,
    none: null,
  });
});

test('finds a secret whose characters are escaped in JSON', () => {
  expect(redact(['pass"\\\nword'], { text: 'say pass"\\\nword' })).toEqual({ text: 'say [secret]' });
});

test('returns the very same value when there is nothing to hide', () => {
  const value = { text: 'hello' };
  expect(redact(['tok-12345'], value)).toBe(value);
  expect(redact([], value)).toBe(value);
});

test('leaves nothing of a secret that contains another one', () => {
  expect(redact(['secret-1', 'secret-1-long'], { text: 'secret-1-long' })).toEqual({ text: '[secret]' });
});

test('does not look for texts so short that words contain them', () => {
  expect(redact(['', 'abc'], { text: 'abcdef' })).toEqual({ text: 'abcdef' });
});

test('forgets the secrets that are no longer set', () => {
  const redactor = new Redactor(['tok-12345']);
  redactor.set(['tok-67890']);
  const value = { text: 'tok-12345 tok-67890' };
  expect(redactor.redact(value, JSON.stringify(value))).toEqual({ text: 'tok-12345 [secret]' });
});
