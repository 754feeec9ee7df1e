import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { stateDir, testStore } from '../testing/state-dir.ts';
import { readHistory } from './history.ts';
import type { Fold, MeasurementQuery, Sample } from './port.ts';
import { MeasurementRing, TIERS } from './ring.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A whole minute. */
const NOON = 1_800_000_000_000;
const PATIENT = { deadlineAt: Number.POSITIVE_INFINITY, signal: new AbortController().signal };

const figure = (name: string, value: number, labels: Record<string, string> = {}, fold: Fold = 'sum') => ({ name, labels, fold, value });
const sample = (time: number, ...figures: Sample['figures']): Sample => ({ time, figures });
const query = (fromTime: number, toTime: number, stepMs: number, ...names: string[]): MeasurementQuery => ({
  fromTime,
  toTime,
  stepMs,
  selections: names.map((name) => ({ id: name, name, by: ['channel'] })),
});

function openRing(limits?: ConstructorParameters<typeof MeasurementRing>[1]) {
  const path = join(stateDir(), 'measurements.db');
  return { path, ring: new MeasurementRing(path, limits) };
}

test('C2 what was measured comes back by ten seconds, and folded by longer steps', async () => {
  const { path, ring } = openRing();
  for (let at = 0; at < 12; at++) {
    ring.record(sample(NOON + at * 10 * SECOND, figure('messages', at, { channel: 'http' }), figure('lag', at % 5, {}, 'highest')));
  }
  const fine = await readHistory(path, query(NOON, NOON + 2 * MINUTE, 10 * SECOND, 'messages'), PATIENT);
  expect(fine.lines).toEqual([{ id: 'messages', labels: { channel: 'http' }, total: 66, values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }]);
  const coarse = await readHistory(path, query(NOON, NOON + 2 * MINUTE, MINUTE, 'messages', 'lag'), PATIENT);
  expect(coarse.lines.map(({ values }) => values)).toEqual([
    [15, 51],
    [4, 4],
  ]);
  ring.close();
});

test('C2 where nothing was measured is a gap, and where nothing was counted is nought', async () => {
  const { path, ring } = openRing();
  ring.record(sample(NOON, figure('messages', 2)));
  ring.record(sample(NOON + MINUTE, figure('lag', 1, {}, 'highest')));
  ring.record(sample(NOON + 3 * MINUTE, figure('messages', 1)));
  const { lines } = await readHistory(path, query(NOON, NOON + 4 * MINUTE, MINUTE, 'messages', 'lag'), PATIENT);
  expect(lines.map(({ values }) => values)).toEqual([
    [2, 0, null, 1],
    [null, 1, null, null],
  ]);
  ring.close();
});

test('C2 quantiles come from the buckets of all series of a line', async () => {
  const { path, ring } = openRing();
  const bucket = (tool: string, gt: string, le: string, count: number) => figure('seconds_bucket', count, { tool, gt, le });
  ring.record(sample(NOON, bucket('a', '0', '1', 1), bucket('a', '1', '2', 1), bucket('b', '1', '2', 1), bucket('b', '2', '+Inf', 1)));
  const ask = (by: readonly string[]) =>
    readHistory(
      path,
      { ...query(NOON, NOON + MINUTE, MINUTE), selections: [{ id: 's', name: 'seconds_bucket', by, quantiles: [0.5, 0.99] }] },
      PATIENT,
    );
  expect((await ask([])).lines.map(({ quantile, total }) => [quantile, total])).toEqual([
    [0.5, 1.5],
    [0.99, 2],
  ]);
  expect((await ask(['tool'])).lines.map(({ labels }) => labels['tool'])).toEqual(['a', 'a', 'b', 'b']);
  ring.close();
});

test('C2 a week is kept by the minute and six hours by ten seconds; a file is never larger than it may be', () => {
  const { path, ring } = openRing({ series: 100, bytes: 200_000 });
  const figures = Array.from({ length: 60 }, (_, index) => figure(`f${index}`, 1));
  for (let at = NOON; at < NOON + 8 * DAY; at += 10 * MINUTE) ring.record(sample(at, ...figures));
  const db = new Database(path, { readonly: true });
  const oldest = (tier: keyof typeof TIERS) => db.prepare<[], number>(`SELECT min(time) FROM ${tier}`).pluck().get() ?? 0;
  const newest = NOON + 8 * DAY - 10 * MINUTE;
  expect(oldest('fine')).toBeGreaterThanOrEqual(newest - TIERS.fine.keptMs);
  expect(oldest('coarse')).toBeGreaterThanOrEqual(newest - TIERS.coarse.keptMs);
  db.close();
  ring.close();
  expect(statSync(path).size).toBeLessThan(300_000);
});

test('C2 more series than there is room for are counted and left out, until others are forgotten', () => {
  const { ring } = openRing({ series: 3, bytes: 1_000_000 });
  const named = (...names: string[]) => names.map((name) => figure(name, 1));
  expect(ring.record(sample(NOON, ...named('a', 'b', 'c', 'd')))).toMatchObject({ leftOut: 1 });
  expect(ring.record(sample(NOON + 8 * DAY, ...named('a', 'd')))).toEqual({ leftOut: 0 });
  ring.close();
});

test('C2 a clock that was wrong for a while neither keeps the future nor loses what came after', async () => {
  const { path, ring } = openRing();
  ring.record(sample(NOON, figure('messages', 1)));
  ring.record(sample(NOON + 100 * DAY, figure('messages', 1)));
  ring.record(sample(NOON + MINUTE, figure('messages', 1)));
  const { lines, oldestTime } = await readHistory(path, query(NOON, NOON + 2 * MINUTE, MINUTE, 'messages'), PATIENT);
  expect(lines[0]?.values).toEqual([null, 1]);
  expect(oldestTime).toBe(NOON + MINUTE);
  ring.close();
});

test('C2 a read that nobody waits for ends, and so does one that takes too long', async () => {
  const { path, ring } = openRing();
  for (let at = 0; at < 600; at++) ring.record(sample(NOON + at * MINUTE, figure('messages', 1)));
  const asked = query(NOON, NOON + 600 * MINUTE, 2 * MINUTE, 'messages');
  await expect(readHistory(path, asked, { ...PATIENT, signal: AbortSignal.abort() })).rejects.toThrow(
    expect.objectContaining({ code: 'QUERY_CANCELLED' }),
  );
  await expect(readHistory(path, asked, { ...PATIENT, deadlineAt: 0 })).rejects.toThrow(
    expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }),
  );
  await expect(readHistory(path, { ...asked, stepMs: MINUTE }, PATIENT)).rejects.toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  ring.close();
});

test('C2 a store keeps figures over a restart, begins a missing and a damaged file anew, and says so', async () => {
  const dir = stateDir();
  const first = await testStore({ dir });
  expect(await first.measurements.history(query(NOON, NOON + MINUTE, MINUTE, 'messages'))).toEqual({ lines: [], leftOut: 0 });
  expect(await first.measurements.record(sample(NOON, figure('messages', 1)))).toEqual({ leftOut: 0, begunAnew: 'it was missing' });
  await first.close();

  const second = await testStore({ dir });
  expect(await second.measurements.record(sample(NOON + SECOND, figure('messages', 1)))).toEqual({ leftOut: 0 });
  const { lines } = await second.measurements.history(query(NOON, NOON + MINUTE, MINUTE, 'messages'));
  expect(lines[0]?.total).toBe(2);
  await second.close();

  writeFileSync(join(dir, 'measurements.db'), 'this is no database, and it is longer than the header of one would be'.repeat(100));
  const third = await testStore({ dir });
  const recorded = await third.measurements.record(sample(NOON, figure('messages', 7)));
  expect(recorded.begunAnew).toMatch(/not a database/);
  expect((await third.measurements.history(query(NOON, NOON + MINUTE, MINUTE, 'messages'))).lines[0]?.total).toBe(7);
});
