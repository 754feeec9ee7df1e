import fc from 'fast-check';
import { expect, test } from 'vitest';
import { choose, type Health, lastResort, type Member, mayBeAsked } from './choose.ts';
import { CLOSED } from './circuit.ts';

const NONE: ReadonlySet<number> = new Set();
const member = (health: Partial<Health> = {}, weight = 1): Member => ({
  weight,
  health: { circuit: CLOSED, inFlight: 0, pausedUntil: 0, share: 0, ...health },
});
const OPEN = { circuit: { failures: 3, openings: 1, openUntil: 1000 } };

test('A7 the least busy endpoint for its weight is asked', () => {
  expect(choose([member({ inFlight: 2 }), member({ inFlight: 1 })], NONE, 0)).toBe(1);
  expect(choose([member({ inFlight: 2 }, 4), member({ inFlight: 1 })], NONE, 0)).toBe(0);
});

test('A7 idle endpoints are asked in proportion to their weights', () => {
  const shares = [0, 0];
  const weights = [3, 1];
  const asked = [0, 0];
  for (let call = 0; call < 400; call++) {
    const index =
      choose(
        shares.map((share, at) => member({ share }, weights[at])),
        NONE,
        0,
      ) ?? 0;
    shares[index] = (shares[index] ?? 0) + 1 / (weights[index] ?? 1);
    asked[index] = (asked[index] ?? 0) + 1;
  }
  expect(asked).toEqual([300, 100]);
});

test('A7 one that is much slower than the quickest is left out, until its slowness is long ago', () => {
  const quick = member({ inFlight: 5, latency: { ms: 50, at: 0 } });
  const slow = member({ latency: { ms: 2000, at: 0 } });
  expect(choose([quick, slow], NONE, 0)).toBe(0);
  expect(choose([quick, slow], NONE, 300_000)).toBe(1);
  expect(choose([quick, slow], new Set([0]), 0)).toBe(1);
});

test('A7 with every circuit open the one that ends first is the last resort; a pause is kept', () => {
  const later = { circuit: { failures: 3, openings: 2, openUntil: 2000 } };
  expect(choose([member(later), member(OPEN)], NONE, 0)).toBeUndefined();
  expect(lastResort([member(later), member(OPEN)], NONE, 0)).toBe(1);
  expect(lastResort([member({ pausedUntil: 5 }), member({ ...OPEN, pausedUntil: 5 })], NONE, 0)).toBeUndefined();
});

const anyMember = fc
  .record({
    inFlight: fc.nat(20),
    pausedUntil: fc.nat(20),
    share: fc.nat(100),
    open: fc.boolean(),
    latency: fc.option(fc.nat(5000), { nil: undefined }),
    weight: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ open, latency, weight, ...health }) =>
    member({ ...health, ...(open ? OPEN : {}), ...(latency === undefined ? {} : { latency: { ms: latency, at: 0 } }) }, weight),
  );

test('A7 somebody is asked whenever anybody may be, and never one that was tried, paused or is open', () => {
  fc.assert(
    fc.property(fc.array(anyMember, { maxLength: 6 }), fc.array(fc.nat(5)), (members, tried) => {
      const index = choose(members, new Set(tried), 10);
      const free = members.filter(({ health }, at) => !tried.includes(at) && mayBeAsked(health, 10));
      if (index === undefined) expect(free).toEqual([]);
      else expect(free).toContain(members[index]);
    }),
  );
});
