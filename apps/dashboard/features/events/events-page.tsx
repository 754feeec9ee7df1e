'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { togglePaused, useFeed, useRefresh } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Histogram } from '../../ui/histogram.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { useKeys } from '../frame/keys.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { EmptyList } from './empty-list.tsx';
import { EventDrawer } from './event-drawer.tsx';
import { EventTable } from './event-table.tsx';
import { FacetRail, FacetSheet } from './facet-rail.tsx';
import { matches, timeSpan } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { type EventQueryState, useEventQuery } from './use-event-query.ts';
import { type EventList, useEventWindow } from './use-event-window.ts';

const REFRESH_MS = 5_000;

/** Everything that was ever recorded, and what is being recorded now. */
export function EventsPage() {
  const t = useT();
  const state = useEventQuery();
  const { query, filter, change } = state;
  const [scrolled, setScrolled] = useState(false);
  const list = useEventWindow(filter, scrolled || query.selected !== null, query.selected);
  const select = useCallback((position: number | null) => change({ selected: position }, true), [change]);

  const step = (by: number) => () => {
    const at = list.rows.findIndex((row) => row.position === query.selected);
    const next = list.rows[at === -1 ? 0 : at + by];
    if (next) select(next.position);
  };
  useKeys({ j: step(1), k: step(-1), Escape: () => (query.selected === null ? false : select(null)) });

  return (
    <div className="flex min-h-0 flex-1 flex-col sm:h-[calc(100dvh-5.5rem)] sm:min-h-[38rem] sm:flex-none">
      <PageTitle title={t.events.title}>
        <TailState list={list} />
      </PageTitle>
      <FilterBar state={state} />
      <Activity state={state} />
      <FacetSheet state={state} />
      <div className="flex min-h-0 flex-1 gap-4">
        <FacetRail state={state} />
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          {list.skipped > 0 ? (
            <p className="mb-2 rounded-md bg-warn-soft px-3 py-1.5 text-sm text-warn">{t.events.skipped(list.skipped)}</p>
          ) : null}
          {list.rows.length === 0 && !list.loading && !list.error ? (
            <EmptyList state={state} />
          ) : (
            <EventTable list={list} selected={query.selected} onSelect={select} onScrolled={setScrolled} />
          )}
        </div>
      </div>
      {query.selected === null ? null : <EventDrawer position={query.selected} onSelect={select} />}
    </div>
  );
}

/** Follows, or stands still and says how much has come since. */
function TailState({ list }: { readonly list: EventList }) {
  const t = useT();
  const { paused } = useFeed();
  const still = paused || list.hasNewer || list.pending > 0;
  const resume = () => {
    if (paused) togglePaused();
    list.resume();
    document.getElementById('event-rows')?.scrollTo({ top: 0 });
  };
  return (
    <div className="ml-auto flex items-center gap-2">
      {still ? (
        <>
          <span className="text-sm text-ink-2 figures" data-testid="tail-state">
            {t.events.tailPaused(list.pending)}
          </span>
          <Button onClick={resume}>{t.events.resume}</Button>
        </>
      ) : null}
      <Button aria-pressed={!paused} onClick={togglePaused} look={paused ? 'plain' : 'quiet'}>
        <span className={`size-2 rounded-full ${paused ? 'bg-ink-3' : 'bg-ok'}`} />
        {t.events.liveTail}
      </Button>
    </div>
  );
}

function Activity({ state }: { readonly state: EventQueryState }) {
  const t = useT();
  const format = useFormat();
  const cache = useQueryClient();
  const { filter, nowMs, change } = state;
  const { types, severities, channels } = filter;
  const span = timeSpan(filter, nowMs);
  const histogram = useQuery(
    trpc.events.histogram.queryOptions({
      ...span,
      buckets: 80,
      filter: { ...(types ? { types } : {}), ...(severities ? { severities } : {}), ...(channels ? { channels } : {}) },
    }),
  );
  useRefresh(
    (row) => matches(filter, row),
    () => {
      void cache.invalidateQueries(trpc.events.histogram.pathFilter());
      void cache.invalidateQueries(trpc.events.facets.pathFilter());
    },
    REFRESH_MS,
  );
  return (
    <section aria-label={t.events.title} className="mb-3 rounded-lg border border-line bg-surface px-4 pt-3 pb-2 max-sm:hidden">
      <Loaded query={histogram} skeleton={<Skeleton lines={3} />}>
        {(data) =>
          data.buckets.some((bucket) => Object.keys(bucket.counts).length > 0) ? (
            <Histogram
              label={`${t.events.title}, ${format.day(span.fromTime)} – ${format.day(span.toTime)}`}
              {...data}
              height={56}
              onRange={(fromTime, toTime) => change({ range: 'custom', fromTime, toTime })}
            />
          ) : (
            <p className="py-4 text-center text-sm text-ink-3">{t.overview.histogramEmpty}</p>
          )
        }
      </Loaded>
    </section>
  );
}
