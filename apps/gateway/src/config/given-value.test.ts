import { expect, test } from 'vitest';
import { describeGiven, givenAt } from './given-value.ts';

test.each([
  ['abc', '"abc"'],
  ['a "quoted"\nline', '"a \\"quoted\\"\\nline"'],
  ['', 'an empty text'],
  [7, '7'],
  [true, 'true'],
  [null, 'null'],
  [undefined, 'nothing'],
  [['x'], 'a list'],
  [{ token: 'x' }, 'an object'],
])('%j is named as %s', (value, shown) => {
  expect(describeGiven(value, ['limit'])).toBe(shown);
});

test('a long text is cut, and its length named', () => {
  expect(describeGiven('x'.repeat(1000), ['text'])).toBe(`"${'x'.repeat(79)}…" (1000 characters)`);
});

test.each([
  [['token']],
  [['gateway', 'auth', 'token', 'value']],
  [['models', 'providers', 'a', 'apiKey']],
  [['models', 'providers', 'a', 'headers', 'x-own']],
  [['secret']],
  [['password']],
  [['auth', 'agentRuntimeIdentityToken']],
  [['auth']],
  [['device', 'signature']],
  [['code']],
  [[]],
])('what stands at %j is never shown', (path) => {
  expect(describeGiven('hunter2', path)).toBe('a text');
  expect(describeGiven(4711, path)).toBe('a number');
});

test.each([['sessionKey'], ['idempotencyKey'], ['maxOutputTokens']])('%s is no secret', (key) => {
  expect(describeGiven('abc', [key])).toBe('"abc"');
});

test('only own fields are looked at, and a text stands for its parts', () => {
  expect(givenAt({ a: [{ b: 1 }] }, ['a', 0, 'b'])).toBe(1);
  expect(givenAt({ severity: 'warn,loud' }, ['severity', 1])).toBe('warn,loud');
  expect(givenAt({}, ['constructor', 'name'])).toBeUndefined();
  expect(givenAt(null, ['a'])).toBeUndefined();
});
