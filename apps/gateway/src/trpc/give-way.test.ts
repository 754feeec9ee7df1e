import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GiveWay } from './give-way.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Reads, how many of them had their turn so far, and whether messages pass meanwhile. */
function reads(count: number, { passing }: { readonly passing: boolean }) {
  let head = 1;
  let begun = 0;
  const gate = new GiveWay(() => (passing ? head++ : head));
  for (let read = 0; read < count; read++)
    void gate.turn().then(() => {
      begun += 1;
    });
  return () => begun;
}

it('holds nothing up while no message passes', async () => {
  const begun = reads(300, { passing: false });
  await vi.advanceTimersByTimeAsync(200);
  expect(begun()).toBe(300);
});

it('lets forty begin at once while messages pass, as whoever opens pages asks, and eight a second after that', async () => {
  const begun = reads(300, { passing: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(begun()).toBe(40);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(begun()).toBeGreaterThanOrEqual(78);
  expect(begun()).toBeLessThanOrEqual(80);
});

it('takes no turn from the others for a read that nobody waits for any more', async () => {
  let head = 1;
  const gate = new GiveWay(() => head++);
  for (let read = 0; read < 40; read++) await expect(gate.turn(AbortSignal.abort())).rejects.toMatchObject({ code: 'QUERY_CANCELLED' });
  await expect(gate.turn()).resolves.toBeUndefined();
});

it('refuses when five hundred wait', async () => {
  const gate = new GiveWay(
    (
      (head) => () =>
        head++
    )(1),
  );
  for (let read = 0; read < 540; read++) void gate.turn();
  await expect(gate.turn()).rejects.toMatchObject({ code: 'OVERLOADED' });
});
