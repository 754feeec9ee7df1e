import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Times, timesOf } from './cron.ts';
import { decideDue, LATE_MS } from './due.ts';

const at = (text: string) => Date.parse(text);

function next(times: Times, from: string, count: number): string[] {
  const found: string[] = [];
  for (let after = at(from); found.length < count; ) {
    after = times(after) ?? Number.NaN;
    found.push(new Date(after).toISOString());
  }
  return found;
}

describe('the times of an expression', () => {
  test('are those of its time zone, summer and winter', () => {
    expect(next(timesOf('0 9 * * 1-5', 'Europe/Berlin'), '2026-03-26T12:00:00Z', 3)).toEqual([
      '2026-03-27T08:00:00.000Z',
      '2026-03-30T07:00:00.000Z',
      '2026-03-31T07:00:00.000Z',
    ]);
  });

  test('that the clocks skip are an hour later, those that they repeat are once', () => {
    const times = timesOf('30 2 * * *', 'Europe/Berlin');
    expect(next(times, '2026-03-28T12:00:00Z', 2)).toEqual(['2026-03-29T01:30:00.000Z', '2026-03-30T00:30:00.000Z']);
    expect(next(times, '2026-10-24T12:00:00Z', 2)).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });

  test('only go forward, also in the nights in which the clocks are changed', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC');
    const crons = fc.constantFrom('*/30 * * * *', '15 2 * * *', '0 */3 * * *', '59 1 * * 0');
    const nights = fc.constantFrom('2026-03-07', '2026-03-28', '2026-04-04', '2026-10-03', '2026-10-24', '2026-10-31');
    fc.assert(
      fc.property(zones, crons, nights, fc.integer({ min: 0, max: 2 * 86_400_000 }), (zone, cron, night, offset) => {
        const after = at(`${night}T00:00:00Z`) + offset;
        const time = timesOf(cron, zone)(after);
        expect(time).toBeGreaterThan(after);
      }),
    );
  });
});

describe('what is due', () => {
  const hourly: Times = timesOf('0 * * * *', 'UTC');

  test('is nothing before the next time, which is told however far it is away', () => {
    const yearly = timesOf('0 0 1 1 *', 'UTC');
    const now = at('2026-02-01T00:00:00Z');
    expect(decideDue(yearly, { doneUntil: now, now, missed: 'run-once' })).toEqual({ kind: 'wait', next: at('2027-01-01T00:00:00Z') });
  });

  test('is nothing after the clock was put back: a time that fired does not fire again', () => {
    const doneUntil = at('2026-02-01T10:00:00Z');
    expect(decideDue(hourly, { doneUntil, now: doneUntil - 30 * 60_000, missed: 'run-once' }).kind).toBe('wait');
  });

  test('is a time that passed a moment ago, whatever is said of missed ones', () => {
    const doneUntil = at('2026-02-01T10:00:00Z');
    const plannedAt = at('2026-02-01T11:00:00Z');
    const now = plannedAt + LATE_MS;
    expect(decideDue(hourly, { doneUntil, now, missed: 'skip' })).toEqual({ kind: 'fire', plannedAt, why: 'due' });
    expect(decideDue(hourly, { doneUntil, now: now + 1, missed: 'skip' })).toEqual({ kind: 'skip', plannedAt });
    expect(decideDue(hourly, { doneUntil, now: now + 1, missed: 'run-once' })).toEqual({ kind: 'fire', plannedAt, why: 'missed' });
  });

  test('is the newest of all missed times, once, found in few steps', () => {
    const minutely = timesOf('* * * * *', 'UTC');
    let asked = 0;
    const counting: Times = (after) => {
      asked += 1;
      return minutely(after);
    };
    const now = at('2026-12-31T23:59:59Z');
    const due = decideDue(counting, { doneUntil: at('2016-01-01T00:00:00Z'), now, missed: 'run-once' });
    expect(due).toMatchObject({ kind: 'fire', plannedAt: at('2026-12-31T23:59:00Z') });
    expect(asked).toBeLessThan(60);
  });

  test('leaves nothing due once it is done, and is one of the times', () => {
    const crons = fc.constantFrom('*/7 * * * *', '0 9 * * 1-5', '30 2 * * *', '0 0 1 * *');
    const start = at('2026-01-01T00:00:00Z');
    fc.assert(
      fc.property(crons, fc.integer({ min: 0, max: 400 * 86_400_000 }), (cron, elapsed) => {
        const times = timesOf(cron, 'Europe/Berlin');
        const now = start + elapsed;
        const due = decideDue(times, { doneUntil: start, now, missed: 'run-once' });
        if (due.kind === 'wait') return;
        // From well before it: within an hour that daylight saving leaves out, the time that takes its place is not found.
        let time = times(due.plannedAt - 2 * 3_600_000);
        while (time !== undefined && time < due.plannedAt) time = times(time);
        expect(time).toBe(due.plannedAt);
        expect(decideDue(times, { doneUntil: due.plannedAt, now, missed: 'run-once' }).kind).toBe('wait');
      }),
      { examples: [['30 2 * * *', 7_522_200_000]] },
    );
  });
});
