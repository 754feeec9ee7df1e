'use client';
import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import type { Inputs, Outputs } from '../../data/trpc.ts';
import { boundsOf, rangeParsers, rangeUrlKeys } from '../frame/time-range.ts';

export const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof LEVELS)[number];

export type LogInput = Omit<Inputs['logs']['list'], 'cursor' | 'limit'>;
export type LogEntry = Omit<Outputs['logs']['list']['rows'][number], 'at'>;

const PARSERS = {
  level: parseAsStringLiteral(LEVELS).withDefault('debug'),
  component: parseAsString,
  q: parseAsString.withDefault(''),
  regex: parseAsBoolean.withDefault(false),
  ...rangeParsers('all'),
};

/** What the page looks for, as it stands in the address. */
export function useLogFilter() {
  const [state, change] = useQueryStates(PARSERS, { history: 'push', urlKeys: rangeUrlKeys });
  const { level, component, q, regex, range, fromTime, toTime } = state;
  const input = useMemo<LogInput>(() => {
    const { fromTime: sinceMs, toTime: untilMs } = boundsOf({ range, fromTime, toTime }, Date.now());
    return {
      ...(level !== 'debug' && { minLevel: level }),
      ...(component && { component: component as NonNullable<LogInput['component']> }),
      ...(q && { query: q }),
      ...(q && regex && { regex }),
      ...(sinceMs !== undefined && { sinceMs }),
      ...(untilMs !== undefined && { untilMs }),
    };
  }, [level, component, q, regex, range, fromTime, toTime]);
  return { state, change, input, isFiltered: Object.keys(input).length > 0 };
}

/** Whether a line that was just written fits, too. An expression that is none fits nothing. */
export function fits(input: LogInput, entry: LogEntry): boolean {
  const { minLevel, component, query, regex, untilMs } = input;
  if (minLevel && entry.level && LEVELS.indexOf(entry.level) < LEVELS.indexOf(minLevel)) return false;
  if (component && entry.component !== component) return false;
  if (untilMs !== undefined && (entry.time ?? Date.now()) > untilMs) return false;
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
