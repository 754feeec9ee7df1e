/** A stretch of time as every page that has one keeps it in its address: one of the usual ones up to now, or a beginning and an end. */
import { type inferParserType, parseAsInteger, parseAsStringLiteral } from 'nuqs';

export const RANGES = ['15m', '1h', '6h', '24h', '7d', '30d', '90d', 'all'] as const;
export type Range = (typeof RANGES)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const RANGE_MS: Readonly<Record<Exclude<Range, 'all'>, number>> = {
  '15m': 15 * MINUTE_MS,
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
  '90d': 90 * DAY_MS,
};

/** The address's fields; a page with nothing in its address has the range given here. */
export const rangeParsers = (usual: Range) => ({
  range: parseAsStringLiteral([...RANGES, 'custom']).withDefault(usual),
  fromTime: parseAsInteger,
  toTime: parseAsInteger,
});

export const rangeUrlKeys = { fromTime: 'from', toTime: 'to' } as const;

export type TimeRange = inferParserType<ReturnType<typeof rangeParsers>>;
export type Bounds = { readonly fromTime?: number; readonly toTime?: number };

/** The beginning and the end that are meant at this time. A beginning stands still within a minute. */
export function boundsOf({ range, fromTime, toTime }: TimeRange, nowMs: number): Bounds {
  if (range === 'all') return {};
  if (range === 'custom') return { ...(fromTime !== null && { fromTime }), ...(toTime !== null && { toTime }) };
  return { fromTime: Math.floor((nowMs - RANGE_MS[range]) / MINUTE_MS) * MINUTE_MS };
}

/** A time as a field for date and time has it. @example fieldText(0, true) // '1970-01-01T00:00:00' */
export function fieldText(time: number | null, isUtc: boolean): string {
  if (time === null) return '';
  const offsetMs = isUtc ? 0 : new Date(time).getTimezoneOffset() * MINUTE_MS;
  return new Date(time - offsetMs).toISOString().slice(0, 19);
}

/** The time in such a field; nothing while it is not complete. */
export function fieldTime(text: string, isUtc: boolean): number | null {
  const time = Date.parse(isUtc ? `${text}Z` : text);
  return Number.isNaN(time) ? null : time;
}
