import { describe, expect, it } from 'vitest';
import { EMPTY_WINDOW, gapUpTo, MAX_ROWS, withFilled, withNewer, withOlder } from './event-window.ts';

const row = (position: number) => ({ position, time: position, type: 'message.received', severity: 'info', summary: '' }) as const;
const rows = (...positions: number[]) => positions.map(row);
const positions = (window: { readonly rows: readonly { readonly position: number }[] }) => window.rows.map((each) => each.position);

describe('the list of events in memory', () => {
  it('grows at both ends without a repetition', () => {
    const start = { rows: rows(20, 19), hasOlder: true, hasNewer: true };
    const older = withOlder(start, rows(19, 18, 17), false);
    expect(positions(older)).toEqual([20, 19, 18, 17]);
    expect(older.hasOlder).toBe(false);
    const newer = withNewer(older, rows(20, 21, 22), false);
    expect(positions(newer)).toEqual([22, 21, 20, 19, 18, 17]);
    expect(newer.hasNewer).toBe(false);
  });

  it('forgets the far end when it is full, and knows that there is more', () => {
    const full = { rows: rows(...Array.from({ length: MAX_ROWS }, (_, at) => MAX_ROWS + 100 - at)), hasOlder: false, hasNewer: false };
    const older = withOlder(full, rows(100, 99), true);
    expect(older.rows).toHaveLength(MAX_ROWS);
    expect(older.rows.at(-1)?.position).toBe(99);
    expect(older.hasNewer).toBe(true);
    const newer = withNewer(full, rows(MAX_ROWS + 101), false);
    expect(newer.rows).toHaveLength(MAX_ROWS);
    expect(newer.rows[0]?.position).toBe(MAX_ROWS + 101);
    expect(newer.hasOlder).toBe(true);
  });

  it('takes live rows into an empty list', () => {
    expect(positions(withNewer(EMPTY_WINDOW, rows(1, 2), false))).toEqual([2, 1]);
  });

  it('has a gap where events came too fast, which is filled from its older end', () => {
    const gap = gapUpTo(9, 6);
    const window = withNewer(withNewer({ rows: rows(3, 2), hasOlder: false, hasNewer: false }, [gap], false), rows(10), false);
    expect(window.rows).toMatchObject([{ position: 10 }, { gap: true, after: 3, before: 10, count: 6 }, { position: 3 }, { position: 2 }]);
    const begun = withFilled(window, gap, rows(4, 6, 10), 6);
    expect(begun.rows).toMatchObject([
      { position: 10 },
      { gap: true, after: 6, count: 3 },
      { position: 6 },
      { position: 4 },
      { position: 3 },
      {},
    ]);
    const rest = begun.rows[1];
    expect(rest && 'gap' in rest && positions(withFilled(begun, rest, rows(7), 9))).toEqual([10, 7, 6, 4, 3, 2]);
  });
});
