import { type EventQuery, RANGES } from './filter-url.ts';

/** What the gateway is asked for. */
export type EventFilter = { query?: string; fromTime?: number; toTime?: number };

export const RANGE_MS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 7 * 86_400_000, '30d': 30 * 86_400_000 };
const MINUTE_MS = 60_000;

/** The filter that the address means at this time. */
export function toFilter(
  { q, range, fromTime, toTime }: Pick<EventQuery, 'q' | 'range' | 'fromTime' | 'toTime'>,
  nowMs: number,
): EventFilter {
  const filter: EventFilter = q.trim() === '' ? {} : { query: q.trim() };
  if (range === 'custom') {
    if (fromTime !== null) filter.fromTime = fromTime;
    if (toTime !== null) filter.toTime = toTime;
  } else if (range !== 'all') {
    filter.fromTime = Math.floor((nowMs - RANGE_MS[range]) / MINUTE_MS) * MINUTE_MS;
  }
  return filter;
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

export function isRange(text: string): text is (typeof RANGES)[number] {
  return (RANGES as readonly string[]).includes(text);
}
