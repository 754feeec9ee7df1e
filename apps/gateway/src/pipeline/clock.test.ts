import { expect, it } from 'vitest';
import { steadyClock } from './clock.ts';

const HOUR_MS = 3_600_000;

function world(from: number) {
  const time = { wall: 10 * HOUR_MS, passed: 0 };
  const now = steadyClock(from, { wall: () => time.wall, passed: () => time.passed });
  const pass = (ms: number) => {
    time.wall += ms;
    time.passed += ms;
  };
  return { time, now, pass };
}

it('says what the wall clock says, also when that is set forward', () => {
  const { time, now, pass } = world(0);
  pass(1500);
  expect(now()).toBe(10 * HOUR_MS + 1500);
  time.wall += HOUR_MS;
  expect(now()).toBe(11 * HOUR_MS + 1500);
});

it('runs on from where it was when the wall clock is set back', () => {
  const { time, now, pass } = world(0);
  now();
  time.wall -= HOUR_MS;
  pass(2000);
  expect(now()).toBe(10 * HOUR_MS + 2000);
});

it('is never earlier than the newest event, although the wall clock was set back while nothing ran', () => {
  const { now, pass } = world(12 * HOUR_MS);
  pass(3000);
  expect(now()).toBe(12 * HOUR_MS + 3000);
});
