'use client';
import { useQueryStates } from 'nuqs';
import { useCallback, useMemo, useRef, useState } from 'react';
import { type EventFilter, toFilter } from './filter.ts';
import { type EventQuery, eventParsers, eventUrlKeys } from './filter-url.ts';

export type EventQueryState = {
  readonly query: EventQuery;
  readonly filter: EventFilter;
  readonly nowMs: number;
  /** Changes the address: filters by a step in the history, the chosen event in place. */
  readonly change: (part: { [K in keyof EventQuery]?: EventQuery[K] | null }, replace?: boolean) => void;
  /** Goes back to the query before this one; false where there is none. */
  readonly undo: () => boolean;
};

const MOST_UNDONE = 50;

/** The events page's state, which is its address. It is the same object until the address changes, so that what depends on nothing else stands still. */
export function useEventQuery(): EventQueryState {
  const [query, setQuery] = useQueryStates(eventParsers, { urlKeys: eventUrlKeys });
  const [nowMs, setNowMs] = useState(() => Date.now());
  const earlier = useRef<string[]>([]);
  const { q, range, fromTime, toTime } = query;
  const filter = useMemo(() => toFilter({ q, range, fromTime, toTime }, nowMs), [q, range, fromTime, toTime, nowMs]);
  const change = useCallback<EventQueryState['change']>(
    (part, replace = false) => {
      if ('range' in part) setNowMs(Date.now());
      if (part.q !== undefined && part.q !== q) earlier.current = [...earlier.current, q].slice(-MOST_UNDONE);
      void setQuery(part, { history: replace ? 'replace' : 'push' });
    },
    [q, setQuery],
  );
  const undo = useCallback(() => {
    const before = earlier.current.pop();
    if (before === undefined) return false;
    void setQuery({ q: before }, { history: 'push' });
    return true;
  }, [setQuery]);
  return useMemo(() => ({ query, filter, nowMs, change, undo }), [query, filter, nowMs, change, undo]);
}
