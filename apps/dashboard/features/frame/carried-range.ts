'use client';
/** The time range that goes along from page to page once somebody has chosen one. */
import { useSyncExternalStore } from 'react';
import type { Page, PageName } from './pages.ts';
import type { TimeRange } from './time-range.ts';

/** The pages that have a time range, and which ones where not every one is possible. */
const RANGED: Readonly<Partial<Record<PageName, readonly string[] | 'any'>>> = {
  events: 'any',
  audit: 'any',
  logs: 'any',
  metrics: ['1h', '6h', '24h', '7d'],
};

let carried: TimeRange | undefined;
const watchers = new Set<() => void>();

export function carryRange(range: TimeRange): void {
  carried = range;
  for (const watcher of watchers) watcher();
}

/** The address of a page, with the range that goes along. */
export function pathOf({ name, path }: Page, range: TimeRange | undefined = carried): string {
  const possible = RANGED[name];
  if (!range || !possible || (possible !== 'any' && !possible.includes(range.range))) return path;
  const { fromTime, toTime } = range;
  return `${path}?range=${range.range}${fromTime === null ? '' : `&from=${fromTime}`}${toTime === null ? '' : `&to=${toTime}`}`;
}

/** The range that goes along; the component is drawn anew when it changes. */
export function useCarriedRange(): TimeRange | undefined {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => carried,
    () => undefined,
  );
}
