import { expect, test } from 'vitest';
import { criticalPath, selfMs, timeAxis } from './time-axis.ts';
import type { Bar } from './waterfall.ts';

const bar = (stage: Bar['stage'], startMs: number, endMs: number, more: Partial<Bar> = {}): Bar => ({
  stage,
  type: 'run.started',
  label: '',
  position: startMs,
  startMs,
  endMs,
  outcome: 'ok',
  waiting: false,
  ...more,
});

const HOUR = 3_600_000;

test('B15 two hours in which a person is waited for take a small part of the axis, and the work around them the rest', () => {
  const bars = [
    bar('model', 0, 400),
    bar('tool', 500, 500 + 2 * HOUR, { waiting: true, approval: true }),
    bar('model', 600 + 2 * HOUR, 1_000 + 2 * HOUR),
  ];
  const { place, breaks } = timeAxis(bars, 1_000 + 2 * HOUR);
  expect(breaks).toEqual([{ fromMs: 500, toMs: 500 + 2 * HOUR }]);
  expect(place(400)).toBeGreaterThan(0.3);
  expect(place(500 + 2 * HOUR) - place(500)).toBeCloseTo(0.06);
  expect([place(0), place(1_000 + 2 * HOUR)]).toEqual([0, expect.closeTo(1)]);
});

test('B15 a long time in which something works is not made short', () => {
  const bars = [bar('receive', 0, 0), bar('model', 10, 60_000), bar('deliver', 60_010, 60_020)];
  expect(timeAxis(bars, 60_020).breaks).toEqual([]);
  expect(timeAxis([bar('queue', 0, HOUR, { waiting: true }), bar('model', HOUR, HOUR + 10)], HOUR + 10, false).breaks).toEqual([]);
});

test('B15 an agent took by itself what neither its models nor its tools took', () => {
  const agent = bar('agent', 100, 1_000);
  const bars = [agent, bar('model', 150, 500), bar('tool', 400, 700), bar('model', 700, 950)];
  expect(selfMs(agent, bars, 1_000)).toBe(100);
  expect(selfMs(bars[1] as Bar, bars, 1_000)).toBe(350);
});

test('B15 of two tools at the same time the longer one is on the critical path', () => {
  const [model, short, long, deliver] = [bar('model', 0, 100), bar('tool', 100, 150), bar('tool', 100, 400), bar('deliver', 410, 500)];
  const bars = [bar('agent', 0, 410), model, short, long, deliver] as const;
  expect([...criticalPath(bars, 500)]).toEqual([deliver, long, model]);
});
