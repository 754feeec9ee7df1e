import { expect, test } from 'vitest';
import { step, type Watch } from './evaluate.ts';
import type { Level } from './rules.ts';

const TIMING = { forMs: 30, resolveAfterMs: 60 };

/** What is recorded when the level is read at these times. */
function run(levels: readonly (readonly [now: number, level: Level | 'gone'])[], from?: Watch, timing = TIMING): string[] {
  let watch = from;
  const recorded: string[] = [];
  for (const [now, level] of levels) {
    const next = step(watch, level === 'gone' ? undefined : { level }, timing, now);
    watch = next.watch;
    if (next.record) recorded.push(`${now} ${next.record}`);
  }
  return recorded;
}

test('an alert waits for its time, fires once, and is over when all was well for a while', () => {
  const levels = [
    [0, 'bad'],
    [20, 'bad'],
    [30, 'bad'],
    [40, 'bad'],
    [50, 'well'],
    [100, 'well'],
    [110, 'well'],
    [120, 'well'],
  ] as const;
  expect(run(levels)).toEqual(['30 fired', '110 recovered']);
});

test('what is well again before its time never fires, and the time begins anew', () => {
  expect(
    run([
      [0, 'bad'],
      [29, 'well'],
      [31, 'bad'],
      [60, 'bad'],
      [61, 'bad'],
    ]),
  ).toEqual(['61 fired']);
});

test('between the thresholds nothing begins and nothing ends', () => {
  expect(
    run([
      [0, 'between'],
      [100, 'between'],
    ]),
  ).toEqual([]);
  const firing = { phase: 'firing', since: 0 } as const;
  expect(
    run(
      [
        [0, 'well'],
        [50, 'between'],
        [61, 'well'],
        [120, 'well'],
        [121, 'well'],
      ],
      firing,
    ),
  ).toEqual(['121 recovered']);
});

test('without a time to wait it fires at once', () => {
  expect(run([[5, 'bad']], undefined, { forMs: 0, resolveAfterMs: 0 })).toEqual(['5 fired']);
});

test('what nobody watches any more is over, and only if it had fired', () => {
  expect(
    run([
      [0, 'bad'],
      [10, 'gone'],
      [50, 'gone'],
    ]),
  ).toEqual([]);
  expect(run([[50, 'gone']], { phase: 'firing', since: 0 })).toEqual(['50 gone']);
});
