import { expect, test } from 'vitest';
import { Traffic } from './traffic.ts';

function watch(most?: number) {
  const clock = { now: 0 };
  return { clock, traffic: new Traffic({ now: () => clock.now, ...(most !== undefined && { most }) }) };
}

test('what an address does fades, and is its own', () => {
  const { clock, traffic } = watch();
  for (let count = 0; count < 50; count++) traffic.came('a', `/page/${count}`);
  traffic.guessed('a', 4);
  traffic.failed('a');
  const busy = traffic.came('a', '/');
  expect(busy.rate).toBeCloseTo(5.1);
  expect(busy.authFailures).toBe(4);
  expect(busy.errorShare).toBeCloseTo(1 / 51);
  expect(busy.distinctPaths).toBeGreaterThan(40);
  expect(busy.distinctPaths).toBeLessThan(62);
  expect(traffic.came('b', '/')).toMatchObject({ requests: 1, authFailures: 0, errorShare: 0 });
  clock.now += 10 * 60_000;
  const calm = traffic.came('a', '/');
  expect(calm.rate).toBeCloseTo(0.1);
  expect(calm.authFailures).toBeLessThan(1);
  expect(calm.distinctPaths).toBeLessThan(2);
});

test('what is usual is learnt from minutes that were not unusual, and slowly', () => {
  const { clock, traffic } = watch();
  const minute = (network: string, requests: number, unusual: boolean) => {
    for (let count = 0; count < requests; count++) traffic.came(network, '/');
    if (unusual) traffic.unusual(network);
    clock.now += 60_000;
    return traffic.came(network, '/').usualRate;
  };
  const first = minute('a', 600, false);
  expect(first).toBeGreaterThan(0.2);
  expect(first).toBeLessThan(0.3);
  expect(minute('b', 60_000, true)).toBe(first);
});

test('of more addresses than are remembered the one that was quiet for longest is forgotten', () => {
  const { traffic } = watch(2);
  for (const network of ['a', 'b', 'a', 'c']) traffic.came(network, '/');
  expect(traffic.size).toBe(2);
  expect(traffic.came('a', '/').requests).toBe(3);
  expect(traffic.came('b', '/').requests).toBe(1);
});

test('a long path costs no more than a short one', () => {
  const { traffic } = watch();
  traffic.came('a', `/${'x'.repeat(8000)}1`);
  expect(traffic.came('a', `/${'x'.repeat(8000)}2`).distinctPaths).toBeLessThan(1.5);
});
