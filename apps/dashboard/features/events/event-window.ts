import type { LiveRow } from '../../data/feed.ts';

/**
 * The part of the list that is in memory: newest first, without a gap inside. It grows by pages at both ends and by live
 * rows at the top, and forgets at the far end what is more than `MAX_ROWS`.
 */
export type EventWindow = { readonly rows: readonly LiveRow[]; readonly hasOlder: boolean; readonly hasNewer: boolean };

export const MAX_ROWS = 10_000;

export const EMPTY_WINDOW: EventWindow = { rows: [], hasOlder: false, hasNewer: false };

/** With a page of older rows, newest first. */
export function withOlder(window: EventWindow, rows: readonly LiveRow[], hasOlder: boolean): EventWindow {
  const last = window.rows.at(-1)?.position ?? Number.POSITIVE_INFINITY;
  const all = [...window.rows, ...rows.filter((row) => row.position < last)];
  const over = Math.max(0, all.length - MAX_ROWS);
  return { rows: all.slice(over), hasOlder, hasNewer: window.hasNewer || over > 0 };
}

/** With newer rows, oldest first: a page that was asked for, or what has just been committed. */
export function withNewer(window: EventWindow, rows: readonly LiveRow[], hasNewer: boolean): EventWindow {
  const first = window.rows[0]?.position ?? 0;
  const fresh = rows.filter((row) => row.position > first).toReversed();
  const all = [...fresh, ...window.rows];
  return { rows: all.slice(0, MAX_ROWS), hasOlder: window.hasOlder || all.length > MAX_ROWS, hasNewer };
}
