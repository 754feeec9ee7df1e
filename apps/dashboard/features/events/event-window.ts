import type { LiveRow } from '../../data/feed.ts';

/** A stretch of the log that is not in memory: `count` events after one position and before another. */
export type Gap = {
  readonly gap: true;
  readonly position: number;
  readonly after: number;
  readonly before: number;
  readonly count: number;
};
export type ListRow = LiveRow | Gap;

/**
 * The part of the list that is in memory: newest first; where something is missing inside stands a gap. It grows by pages at both
 * ends and by live rows at the top, and forgets at the far end what is more than `MAX_ROWS`.
 */
export type EventWindow = { readonly rows: readonly ListRow[]; readonly hasOlder: boolean; readonly hasNewer: boolean };

export const MAX_ROWS = 10_000;

export const EMPTY_WINDOW: EventWindow = { rows: [], hasOlder: false, hasNewer: false };

export function isGap(row: ListRow): row is Gap {
  return 'gap' in row;
}

/** With a page of older rows, newest first. */
export function withOlder(window: EventWindow, rows: readonly LiveRow[], hasOlder: boolean): EventWindow {
  const last = window.rows.at(-1)?.position ?? Number.POSITIVE_INFINITY;
  const all = [...window.rows, ...rows.filter((row) => row.position < last)];
  const over = Math.max(0, all.length - MAX_ROWS);
  return { rows: all.slice(over), hasOlder, hasNewer: window.hasNewer || over > 0 };
}

/** With newer rows, oldest first: a page that was asked for, or what has just been committed. */
export function withNewer(window: EventWindow, rows: readonly ListRow[], hasNewer: boolean): EventWindow {
  const first = window.rows[0]?.position ?? 0;
  const fresh = rows.filter((row) => row.position > first).toReversed();
  const all = [...fresh, ...window.rows];
  return { rows: all.slice(0, MAX_ROWS), hasOlder: window.hasOlder || all.length > MAX_ROWS, hasNewer };
}

/** The gap between the newest event that is known and the next one that will be told. */
export function gapUpTo(skippedTo: number, count: number): Gap {
  return { gap: true, position: skippedTo, after: skippedTo - count, before: skippedTo + 1, count };
}

/** With the oldest rows of a gap in its place, oldest first; everything up to `scannedTo` was looked at. */
export function withFilled(window: EventWindow, gap: Gap, rows: readonly LiveRow[], scannedTo: number): EventWindow {
  const found = rows.filter(({ position }) => position > gap.after && position < gap.before).toReversed();
  const left = gap.before - 1 - scannedTo;
  const rest: readonly Gap[] = left > 0 ? [{ ...gap, after: scannedTo, count: left }] : [];
  return { ...window, rows: window.rows.flatMap((row) => (row === gap ? [...rest, ...found] : [row])) };
}
