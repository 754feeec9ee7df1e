import { expect, test } from 'vitest';
import { Bucket } from './bucket.ts';

const RULE = { size: 3, perSecond: 2 };

test('a bucket gives what is in it, and is filled again with time', () => {
  let now = 0;
  const bucket = new Bucket(RULE.size, () => now);
  expect([1, 2, 3, 4].map(() => bucket.take(RULE))).toEqual([true, true, true, false]);
  expect(bucket.waitMs(RULE)).toBe(500);
  now += 500;
  expect([1, 2].map(() => bucket.take(RULE))).toEqual([true, false]);
  now += 60_000;
  expect([1, 2, 3, 4].map(() => bucket.take(RULE))).toEqual([true, true, true, false]);
});

test('what is taken beyond it is owed, and paid with time', () => {
  let now = 0;
  const bucket = new Bucket(RULE.size, () => now);
  expect([1, 2, 3, 4, 5].map(() => bucket.owe(RULE))).toEqual([0, 0, 0, 500, 1000]);
  expect(bucket.take(RULE)).toBe(false);
  now += 1500;
  expect(bucket.take(RULE)).toBe(true);
});
