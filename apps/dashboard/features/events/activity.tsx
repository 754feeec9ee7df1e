'use client';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import ZoomOut from 'lucide-react/icons/zoom-out';
import { type ComponentProps, memo } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Histogram } from '../../ui/histogram.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { stackedByFamily } from './families.ts';
import { timeSpan } from './filter.ts';
import type { EventQueryState } from './use-event-query.ts';
import { BUCKETS, type useFacets } from './use-facets.ts';

const REFRESH_MS = 5_000;

type ActivityProps = {
  readonly state: EventQueryState;
  readonly counts: ReturnType<typeof useFacets>;
  /** Compares the events of a stretch of time with all of them. */
  readonly onCompare: (fromTime: number, toTime: number) => void;
};

/** When the events were. A bar or a brushed range narrows the time; zooming out widens it again. */
export const Activity = memo(function Activity({ state, counts, onCompare }: ActivityProps) {
  const t = useT();
  const format = useFormat();
  const cache = useQueryClient();
  const { filter, nowMs, query, change } = state;
  const { sampled, listStands } = counts;
  const span = timeSpan(filter, nowMs);
  const exact = useQuery({
    ...trpc.events.histogram.queryOptions({ ...span, buckets: BUCKETS, by: query.bars, filter }),
    enabled: listStands,
    placeholderData: keepPreviousData,
  });
  const isExact = exact.data !== undefined && exact.data !== null;
  useRefresh(
    () => true,
    () => {
      void cache.invalidateQueries(trpc.events.histogram.pathFilter());
      void cache.invalidateQueries(trpc.events.facets.pathFilter());
    },
    REFRESH_MS,
  );
  const widen = () => {
    const middle = (span.fromTime + span.toTime) / 2;
    const half = span.toTime - span.fromTime;
    change({ range: 'custom', fromTime: Math.round(middle - half), toTime: Math.min(Math.ceil(Date.now()), Math.round(middle + half)) });
  };
  return (
    <section aria-label={t.events.activity} className="mb-3 rounded-lg border border-line bg-surface px-4 pt-2 pb-2 max-sm:hidden">
      <div className="flex min-h-8 flex-wrap items-center gap-1 text-xs text-ink-3">
        <span className="mr-auto">
          {isExact || !sampled.data || sampled.data.isWhole
            ? t.events.brushHint
            : t.events.barsOfNewest(format.number(sampled.data.events))}
        </span>
        {query.range === 'custom' ? (
          <Button look="quiet" onClick={() => onCompare(span.fromTime, span.toTime)} className="h-7 text-xs">
            {t.events.compareRange}
          </Button>
        ) : null}
        <Button
          look="quiet"
          aria-pressed={query.bars === 'family'}
          onClick={() => change({ bars: query.bars === 'family' ? null : 'family' }, true)}
          className={`h-7 text-xs ${query.bars === 'family' ? 'bg-accent-soft text-accent' : ''}`}
        >
          {t.events.byType}
        </Button>
        <Button
          look="quiet"
          aria-pressed={query.scale === 'log'}
          onClick={() => change({ scale: query.scale === 'log' ? null : 'log' }, true)}
          className={`h-7 text-xs ${query.scale === 'log' ? 'bg-accent-soft text-accent' : ''}`}
        >
          {t.events.logScale}
        </Button>
        <Button look="quiet" onClick={widen} className="h-7 text-xs">
          <ZoomOut aria-hidden className="size-3.5" />
          {t.events.zoomOut}
        </Button>
      </div>
      <Loaded query={isExact ? exact : sampled} skeleton={<Skeleton lines={3} />}>
        {(data) =>
          data?.buckets.some((bucket) => Object.keys(bucket.counts).length > 0) ? (
            <Bars
              byFamily={query.bars === 'family'}
              label={`${t.events.activity}, ${format.day(span.fromTime)} – ${format.day(span.toTime)}`}
              bucketMs={data.bucketMs}
              buckets={data.buckets}
              height={56}
              scale={query.scale}
              onRange={(fromTime, toTime) => change({ range: 'custom', fromTime, toTime })}
            />
          ) : (
            <p className="py-4 text-center text-sm text-ink-3">{t.overview.histogramEmpty}</p>
          )
        }
      </Loaded>
    </section>
  );
});

type BarsProps = Omit<ComponentProps<typeof Histogram>, 'parts'> & { readonly byFamily: boolean };

/** By severity, or by the first word of the type with a legend. */
function Bars({ byFamily, ...props }: BarsProps) {
  const t = useT();
  if (!byFamily) return <Histogram {...props} />;
  const { buckets, parts } = stackedByFamily(props.buckets, t.events.otherTypes);
  return (
    <>
      <Histogram {...props} buckets={buckets} parts={parts} />
      <ul className="flex flex-wrap gap-x-3 gap-y-1 pt-1 text-2xs text-ink-2">
        {parts.map(({ name, title, fill }) => (
          <li key={name} className="flex items-center gap-1">
            <span aria-hidden className="size-2 rounded-sm" style={{ background: fill }} />
            {title}
          </li>
        ))}
      </ul>
    </>
  );
}
