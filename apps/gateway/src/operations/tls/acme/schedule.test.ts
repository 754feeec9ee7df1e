import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allowedFrom, type History, NO_HISTORY, namedRetryTime, renewalTime, retryTime, withCertificate, withFailure } from './schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  ['90 days', 90 * DAY, 60 * DAY],
  ['a year', 365 * DAY, 335 * DAY],
  ['45 days', 45 * DAY, 30 * DAY],
  ['6 days', 6 * DAY, 4 * DAY],
])('a certificate for %s is renewed when a third of its life or 30 days are left, and a little later by chance', (_, life, expected) => {
  expect(renewalTime({ notBefore: 0, expiresAt: life }, 0)).toBe(expected);
  const latest = renewalTime({ notBefore: 0, expiresAt: life }, 1);
  expect(latest).toBeGreaterThan(expected);
  expect(latest - expected).toBeLessThanOrEqual(Math.min(DAY, (life - expected) / 10));
});

test('after a failure it waits a quarter of an hour, then twice as long each time, a day at most', () => {
  const waits: number[] = [];
  let history: History = NO_HISTORY;
  for (let now = 0, tries = 0; tries < 10; tries++) {
    history = withFailure(history, now);
    const next = retryTime(history, 0.5);
    waits.push((next - now) / MINUTE);
    now = next;
  }
  expect(waits).toEqual([15, 30, 60, 120, 240, 480, 960, 1440, 1440, 1440]);
});

test('whatever the chance and however often it is started anew, it stays within the limits of the authority', () => {
  const step = fc.record({ fails: fc.boolean(), restarts: fc.boolean(), random: fc.double({ min: 0, max: 1, noNaN: true }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      let history: History = NO_HISTORY;
      let now = 0;
      const failures: number[] = [];
      const issued: number[] = [];
      for (const { fails, restarts, random } of steps) {
        // A start tries at once, as far as the limits allow.
        now = Math.max(now, allowedFrom(history), restarts ? 0 : retryTime(history, random));
        (fails ? failures : issued).push(now);
        history = fails ? withFailure(history, now) : withCertificate(history, now);
        now += MINUTE;
      }
      const most = (times: readonly number[], windowMs: number) =>
        Math.max(0, ...times.map((from) => times.filter((time) => time >= from && time < from + windowMs).length));
      expect(most(issued, 7 * DAY)).toBeLessThanOrEqual(4);
      expect(most(failures, HOUR)).toBeLessThanOrEqual(4);
    }),
  );
});

test('the moment that the authority names is understood', () => {
  const message =
    'too many failed authorizations (5) for "a.example" in the last 1h0m0s, retry after 2026-11-28 09:30:00 UTC: see https://…';
  expect(namedRetryTime(message)).toBe(Date.UTC(2026, 10, 28, 9, 30));
  expect(namedRetryTime('Connection refused')).toBeUndefined();
});
