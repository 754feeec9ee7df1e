import { expect, test } from 'vitest';
import { RequestCounts } from './request-counts.ts';

test('requests of an address are counted from the first one of a window to its end', () => {
  let now = 1000;
  const counts = new RequestCounts({ now: () => now });
  expect(counts.increment('a', 500)).toEqual({ current: 1, ttl: 500 });
  now += 200;
  expect(counts.increment('a', 500)).toEqual({ current: 2, ttl: 300 });
  expect(counts.increment('b', 500)).toEqual({ current: 1, ttl: 500 });
  now += 300;
  expect(counts.increment('a', 500)).toEqual({ current: 1, ttl: 500 });
});

test('of more addresses than are remembered the one that was quiet for longest is forgotten', () => {
  const counts = new RequestCounts({ most: 2 });
  counts.increment('a', 500);
  counts.increment('b', 500);
  counts.increment('a', 500);
  counts.increment('c', 500);
  expect(counts.size).toBe(2);
  expect(counts.increment('a', 500).current).toBe(3);
  expect(counts.increment('b', 500).current).toBe(1);
});
