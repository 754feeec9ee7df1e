import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Attempt, createLockout } from './lockout.ts';

const MINUTE = 60_000;
const at = (account: string, network: string, device?: string): Attempt => ({ account, network, device });

/** Fails until it has to wait; answers after how many, and for how long. */
function failUntilDelayed(lockout: ReturnType<typeof createLockout>, attempt: Attempt, now: number) {
  for (let failures = 0; ; failures++) {
    const verdict = lockout.attempt(attempt, now);
    if (!verdict.ok) return { failures, retryAfterMs: verdict.retryAfterMs };
  }
}

test('five sign-ins may fail, then each has to wait longer than the one before, up to 15 minutes', () => {
  const lockout = createLockout();
  const guesser = at('ana', '203.0.113.0/24');
  const first = failUntilDelayed(lockout, guesser, 0);
  expect(first).toEqual({ failures: 5, retryAfterMs: 1000 });
  let now = first.retryAfterMs;
  const waits: number[] = [];
  for (let round = 0; round < 14; round++) {
    expect(lockout.attempt(guesser, now).ok).toBe(true);
    const again = lockout.attempt(guesser, now);
    if (again.ok) throw new Error('it had to wait');
    waits.push(again.retryAfterMs);
    now += again.retryAfterMs;
  }
  expect(waits.slice(0, 4)).toEqual([2000, 4000, 8000, 16_000]);
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(waits.at(-1)).toBe(15 * MINUTE);
});

test('no failures from elsewhere, however many, make the first attempts of another network or of a known browser wait', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.boolean()), { maxLength: 400 }), (others) => {
      const lockout = createLockout();
      let now = 0;
      for (const [network, waits] of others) {
        lockout.attempt(at('ana', `10.0.${network}.0/24`), now);
        if (waits) now += 1000;
      }
      for (let attempt = 0; attempt < 3; attempt++) expect(lockout.attempt(at('ana', '203.0.113.0/24'), now).ok).toBe(true);
      for (let attempt = 0; attempt < 10; attempt++) expect(lockout.attempt(at('ana', '10.0.1.0/24', 'known'), now).ok).toBe(true);
    }),
  );
});

test('an account that is guessed at from many networks gives each of them fewer attempts and longer waits', () => {
  const lockout = createLockout();
  for (let network = 0; network < 20; network++) lockout.attempt(at('ana', `10.0.${network}.0/24`), 0);
  expect(failUntilDelayed(lockout, at('ana', '203.0.113.0/24'), 0)).toEqual({ failures: 3, retryAfterMs: 30_000 });
  expect(failUntilDelayed(lockout, at('ben', '203.0.113.0/24'), 0)).toEqual({ failures: 5, retryAfterMs: 1000 });
});

test('one network that tries many accounts has to wait', () => {
  const lockout = createLockout();
  let failures = 0;
  while (lockout.attempt(at(`user-${failures}`, '203.0.113.0/24'), 0).ok) failures++;
  expect(failures).toBe(30);
});

test('attempts at the same time count before they are judged; one that was right counts for nothing', () => {
  const lockout = createLockout();
  const here = at('ana', '203.0.113.0/24');
  const open = Array.from({ length: 20 }, () => lockout.attempt(here, 0)).filter(({ ok }) => ok);
  expect(open).toHaveLength(5);
  const other = at('ben', '203.0.113.0/24');
  for (let time = 0; time < 200; time++) {
    const verdict = lockout.attempt(other, 0);
    if (!verdict.ok) throw new Error('it had to wait');
    verdict.forgive();
  }
});

test('codes after the right password are counted for the account, wherever they come from', () => {
  const lockout = createLockout();
  const codes = Array.from({ length: 30 }, (_, network) => lockout.attemptCode(at('ana', `10.0.${network}.0/24`), 0));
  expect(codes.filter(({ ok }) => ok)).toHaveLength(10);
  expect(lockout.attemptCode(at('ana', '10.0.0.0/24', 'known'), 0).ok).toBe(true);
});

test('a counter that is left alone for an hour begins anew', () => {
  const lockout = createLockout();
  const { retryAfterMs } = failUntilDelayed(lockout, at('ana', '203.0.113.0/24'), 0);
  expect(failUntilDelayed(lockout, at('ana', '203.0.113.0/24'), retryAfterMs + 60 * MINUTE)).toMatchObject({ failures: 5 });
});

test('memory stays bounded, whatever names and networks are made up', () => {
  const lockout = createLockout();
  for (let number = 0; number < 40_000; number++) lockout.attempt(at(`user-${number}`, `network-${number}`), number);
  expect(lockout.size()).toBeLessThanOrEqual(10_000);
});
