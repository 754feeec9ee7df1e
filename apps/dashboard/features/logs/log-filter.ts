'use client';
import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import type { Inputs, Outputs } from '../../data/trpc.ts';

export const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof LEVELS)[number];

export const RANGES = ['15m', '1h', '24h', '7d', 'all'] as const;
type Range = (typeof RANGES)[number];

export type LogInput = Omit<Inputs['logs']['list'], 'cursor' | 'limit'>;
export type LogEntry = Omit<Outputs['logs']['list']['rows'][number], 'at'>;

const MINUTE_MS = 60_000;
const RANGE_MS: Record<Exclude<Range, 'all'>, number> = {
  '15m': 15 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
  '24h': 24 * 60 * MINUTE_MS,
  '7d': 7 * 24 * 60 * MINUTE_MS,
};

const PARSERS = {
  level: parseAsStringLiteral(LEVELS).withDefault('debug'),
  component: parseAsString,
  q: parseAsString.withDefault(''),
  regex: parseAsBoolean.withDefault(false),
  range: parseAsStringLiteral(RANGES).withDefault('all'),
};

/** What the page looks for, as it stands in the address. */
export function useLogFilter() {
  const [state, change] = useQueryStates(PARSERS, { history: 'push' });
  const { level, component, q, regex, range } = state;
  const input = useMemo<LogInput>(
    () => ({
      ...(level !== 'debug' && { minLevel: level }),
      ...(component && { component: component as NonNullable<LogInput['component']> }),
      ...(q && { query: q }),
      ...(q && regex && { regex }),
      ...(range !== 'all' && { sinceMs: Math.floor((Date.now() - RANGE_MS[range]) / MINUTE_MS) * MINUTE_MS }),
    }),
    [level, component, q, regex, range],
  );
  return { state, change, input, isFiltered: Object.keys(input).length > 0 };
}

/** Whether a line that was just written fits, too. An expression that is none fits nothing. */
export function fits(input: LogInput, entry: LogEntry): boolean {
  const { minLevel, component, query, regex } = input;
  if (minLevel && entry.level && LEVELS.indexOf(entry.level) < LEVELS.indexOf(minLevel)) return false;
  if (component && entry.component !== component) return false;
  if (!query) return true;
  const text = [entry.message, entry.detail, entry.component, entry.correlationId, entry.sessionId].filter(Boolean).join('\n');
  if (!regex) return text.toLowerCase().includes(query.toLowerCase());
  try {
    return new RegExp(query, 'i').test(text);
  } catch {
    return false;
  }
}

/** The address of the lines that contain a text. */
export function logsUrl(text: string): string {
  return `/logs/?q=${encodeURIComponent(text)}`;
}
