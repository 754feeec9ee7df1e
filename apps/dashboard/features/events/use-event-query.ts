'use client';
import { useQueryStates } from 'nuqs';
import { useMemo, useState } from 'react';
import { type EventFilter, toFilter } from './filter.ts';
import { type EventQuery, eventParsers, eventUrlKeys } from './filter-url.ts';

export type EventQueryState = {
  readonly query: EventQuery;
  readonly filter: EventFilter;
  readonly nowMs: number;
  /** Changes the address: filters by a step in the history, the chosen event in place. */
  readonly change: (part: { [K in keyof EventQuery]?: EventQuery[K] | null }, replace?: boolean) => void;
};

/** The events page's state, which is its address. */
export function useEventQuery(): EventQueryState {
  const [query, setQuery] = useQueryStates(eventParsers, { urlKeys: eventUrlKeys });
  const [nowMs, setNowMs] = useState(() => Date.now());
  const { types, severities, channels, agentIds, sessionId, correlationId, range, fromTime, toTime } = query;
  const key = JSON.stringify([types, severities, channels, agentIds, sessionId, correlationId, range, fromTime, toTime]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for every clause, and the chosen event is not one
  const filter = useMemo(() => toFilter(query, nowMs), [key, nowMs]);
  const change: EventQueryState['change'] = (part, replace = false) => {
    if ('range' in part) setNowMs(Date.now());
    void setQuery(part, { history: replace ? 'replace' : 'push' });
  };
  return { query, filter, nowMs, change };
}
