/** How numbers, durations and times are written in a query, and how they are compared. Pure: `now` is given. */
import type { Operator } from './ast.ts';

const DURATION_UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const DAY_MS = 86_400_000;
/** As far as `Date` reaches. */
const MAX_TIME = 8.64e15;

export function parseNumber(text: string): number | undefined {
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}

/** Milliseconds of `500ms`, `2s`, `1.5m`, `1h30m`, `7d`; a plain number is milliseconds. */
export function parseDurationMs(text: string): number | undefined {
  if (/^\d{1,15}(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d{1,12}(\.\d{1,9})?(ms|s|m|h|d|w))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) {
    totalMs += Number(amount) * (DURATION_UNITS_MS[unit ?? ''] ?? Number.NaN);
  }
  return totalMs;
}

/** The milliseconds that a written time stands for: a day is a whole day. From inclusive, until exclusive. */
export type Interval = { readonly from: number; readonly until: number };

/**
 * `now`, `today`, `yesterday`, `-1h`, `-7d`, `+5m`, an ISO 8601 date or time (UTC unless it says otherwise), or milliseconds
 * since 1970.
 */
export function parseTime(text: string, nowMs: number): Interval | undefined {
  if (text === 'now') return instant(nowMs);
  const midnight = Math.floor(nowMs / DAY_MS) * DAY_MS;
  if (text === 'today') return { from: midnight, until: midnight + DAY_MS };
  if (text === 'yesterday') return { from: midnight - DAY_MS, until: midnight };
  if (isRelative(text)) {
    const offsetMs = parseDurationMs(text.slice(1)) ?? Number.NaN;
    return instant(Math.round(text.startsWith('-') ? nowMs - offsetMs : nowMs + offsetMs));
  }
  if (/^\d{11,15}$/.test(text)) return instant(Number(text));
  return parseIso(text);
}

/** Whether the text is a time relative to now, such as `-1h`. */
export function isRelative(text: string): boolean {
  return /^[-+]/.test(text) && /[a-z]$/.test(text) && parseDurationMs(text.slice(1)) !== undefined;
}

function instant(timeMs: number): Interval | undefined {
  return Math.abs(timeMs) <= MAX_TIME ? { from: timeMs, until: timeMs + 1 } : undefined;
}

const ISO = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d\d:?\d\d)?)?)?)?$/;

function parseIso(text: string): Interval | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year = '', month, day, hour, minute, second, fraction, zone] = match;
  const parts = [
    Number(year),
    Number(month ?? 1) - 1,
    Number(day ?? 1),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
  ] as const;
  const millisecond = Number((fraction ?? '').padEnd(3, '0'));
  const at = (...[y, mo, d, h, mi, s]: readonly [number, number, number, number, number, number]) =>
    new Date(0).setUTCFullYear(y, mo, d) + ((h * 60 + mi) * 60 + s) * 1000;
  const local = at(...parts) + millisecond;
  const exact = new Date(at(...parts));
  const isReal = exact.getUTCMonth() === parts[1] && exact.getUTCDate() === parts[2] && parts[3] < 24 && parts[4] < 60 && parts[5] < 60;
  if (!isReal) return undefined;
  const from = local - offsetMs(zone);
  if (month === undefined) return { from, until: at(parts[0] + 1, 0, 1, 0, 0, 0) };
  if (day === undefined) return { from, until: at(parts[0], parts[1] + 1, 1, 0, 0, 0) };
  if (hour === undefined) return { from, until: from + DAY_MS };
  if (second === undefined) return { from, until: from + 60_000 };
  if (fraction === undefined) return { from, until: from + 1000 };
  return { from, until: from + 10 ** (3 - fraction.length) };
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

/** A test for `*` (any characters, also none) and `?` (one character); everything else stands for itself. */
export function globTest(pattern: string): (text: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '[^]*')
    .replaceAll('?', '[^]');
  const expression = new RegExp(`^${source}$`, 'u');
  return (text) => expression.test(text);
}

export function compare<T extends number | string>(op: Operator, value: T, operand: T): boolean {
  switch (op) {
    case ':>':
      return value > operand;
    case ':>=':
      return value >= operand;
    case ':<':
      return value < operand;
    case ':<=':
      return value <= operand;
    default:
      return value === operand;
  }
}

/** Numbers as numbers (also against a duration), texts as texts; anything else never. */
export function compareData(op: Operator, value: unknown, operand: string): boolean {
  if (typeof value === 'number') {
    const number = parseNumber(operand) ?? parseDurationMs(operand);
    return number !== undefined && compare(op, value, number);
  }
  return typeof value === 'string' && compare(op, value, operand);
}
