import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anomalyScore, type Signals } from './score.ts';

const CALM: Signals = { rate: 0.3, ownRate: 0.2, usualRate: 0.2, requests: 20, errorShare: 0.05, authFailures: 0, distinctPaths: 12 };
const amount = (max: number) => fc.double({ min: 0, max, noNaN: true });
const signals: fc.Arbitrary<Signals> = fc.record({
  rate: amount(1e5),
  ownRate: amount(1e4),
  usualRate: amount(1e3),
  requests: amount(1e6),
  errorShare: amount(1),
  authFailures: amount(1e6),
  distinctPaths: amount(1024),
});

test('a score is a number from 0 to 1', () => {
  fc.assert(
    fc.property(signals, (given) => {
      const score = anomalyScore(given);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }),
  );
});

describe('a score never falls', () => {
  test.each(['rate', 'requests', 'errorShare', 'authFailures', 'distinctPaths'] as const)('with more %s', (name) => {
    fc.assert(
      fc.property(signals, amount(1e5), (given, more) => {
        const next = name === 'errorShare' ? Math.min(1, given[name] + more / 1e5) : given[name] + more;
        expect(anomalyScore({ ...given, [name]: next })).toBeGreaterThanOrEqual(anomalyScore(given) - 1e-12);
      }),
    );
  });
});

test.each(['ownRate', 'usualRate'] as const)('a score never rises with more %s: what is expected is not unusual', (name) => {
  fc.assert(
    fc.property(signals, amount(1e5), (given, more) => {
      expect(anomalyScore({ ...given, [name]: given[name] + more })).toBeLessThanOrEqual(anomalyScore(given) + 1e-12);
    }),
  );
});

test.each<[string, Partial<Signals>, number, number]>([
  ['a person at the dashboard', {}, 0, 0.1],
  ['opening the dashboard for the first time', { rate: 4, requests: 40, distinctPaths: 40 }, 0, 0.5],
  ['a client that is fast and nothing else', { rate: 200, requests: 2000 }, 0.55, 0.7],
  ['a client that has always been fast', { rate: 1.6, ownRate: 1.6, requests: 90 }, 0, 0.1],
  ['a program whose every call fails, slowly', { errorShare: 1, requests: 30 }, 0.3, 0.5],
  ['a person who mistypes twice', { authFailures: 2, errorShare: 0.2 }, 0, 0.4],
  ['guessing passwords slowly', { authFailures: 20, errorShare: 0.9, requests: 20 }, 0.8, 1],
  ['scanning for what is there', { rate: 10, errorShare: 1, requests: 100, distinctPaths: 100 }, 0.8, 1],
])('%s scores in between', (_, given, least, most) => {
  const score = anomalyScore({ ...CALM, ...given });
  expect(score).toBeGreaterThanOrEqual(least);
  expect(score).toBeLessThanOrEqual(most);
});
