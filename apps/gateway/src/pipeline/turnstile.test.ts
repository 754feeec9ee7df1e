import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { turnstile } from './turnstile.ts';

test('one passes in each turn of the event loop, in the order they asked', async () => {
  const passed: number[] = [];
  const all = [1, 2, 3].map((name) => turnstile().then(() => passed.push(name)));

  await Promise.resolve();
  expect(passed).toEqual([1]);
  await turn();
  expect(passed).toEqual([1, 2]);
  await turn();
  expect(passed).toEqual([1, 2, 3]);
  await Promise.all(all);
});

test('whoever comes after a quiet turn passes at once', async () => {
  await turn();
  const passed: number[] = [];
  void turnstile().then(() => passed.push(1));
  await Promise.resolve();
  expect(passed).toEqual([1]);
  await turn();
});
