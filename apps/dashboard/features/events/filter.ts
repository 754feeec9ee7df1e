import { boundsOf, RANGE_MS } from '../frame/time-range.ts';
import type { EventQuery } from './filter-url.ts';

/** What the gateway is asked for. */
export type EventFilter = { query?: string; fromTime?: number; toTime?: number };

const MINUTE_MS = 60_000;

/** The filter that the address means at this time. */
export function toFilter({ q, ...range }: Pick<EventQuery, 'q' | 'range' | 'fromTime' | 'toTime'>, nowMs: number): EventFilter {
  return { ...(q.trim() !== '' && { query: q.trim() }), ...boundsOf(range, nowMs) };
}

/** The stretch of time that histogram and facets cover: all of a filter without a beginning is the last 30 days. */
export function timeSpan(filter: EventFilter, nowMs: number): { readonly fromTime: number; readonly toTime: number } {
  const toTime = filter.toTime ?? Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS;
  return { fromTime: filter.fromTime ?? toTime - RANGE_MS['30d'], toTime };
}

/** The position that somebody wrote instead of a query. @example positionIn('#1204331') // 1204331 */
export function positionIn(text: string): number | undefined {
  const word = text.trim();
  return /^#?\d{1,15}$/.test(word) ? Number(word.replace('#', '')) : undefined;
}
