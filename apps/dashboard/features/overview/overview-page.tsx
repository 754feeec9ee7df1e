'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useMemo } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Histogram } from '../../ui/histogram.tsx';
import { later } from '../../ui/later.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { eventsUrl } from '../frame/links.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { AttentionList } from './attention-list.tsx';
import { ChannelCards } from './channel-cards.tsx';
import { attentionQuery, summaryQuery } from './queries.ts';
import { Tiles } from './tiles.tsx';
import { Verdict } from './verdict.tsx';

const DAY_MS = 86_400_000;
const QUARTER_HOUR_MS = 15 * 60_000;
const REFRESH_MS = 2_000;

const FurtherDown = later(() => import('./further-down.tsx').then((module) => module.FurtherDown), {
  idle: true,
  meanwhile: <Skeleton lines={6} />,
});

/** Is it well, and what needs me? */
export function OverviewPage() {
  const t = useT();
  const cache = useQueryClient();
  const summary = useQuery(summaryQuery);
  const attention = useQuery(attentionQuery);
  const activity = useQuery(trpc.overview.activity.queryOptions());
  useRefresh(
    () => true,
    () => {
      void cache.invalidateQueries(trpc.overview.pathFilter());
      void cache.invalidateQueries(trpc.events.histogram.pathFilter());
      void cache.invalidateQueries(trpc.sessions.list.pathFilter());
    },
    REFRESH_MS,
  );
  return (
    <>
      <PageTitle title={t.overview.title} />
      <Loaded query={summary} skeleton={<Skeleton lines={6} />}>
        {(data) =>
          attention.isPending ? (
            <Skeleton lines={6} />
          ) : (
            <div className="flex flex-col gap-4">
              <Verdict summary={data} attention={attention.data?.length} />
              <Tiles summary={data} />
              <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
                <Panel title={t.overview.attention}>
                  <Loaded query={attention}>{(items) => <AttentionList items={items} />}</Loaded>
                </Panel>
                <ChannelCards channels={data.channels} rates={activity.data?.channels} />
              </div>
              <EventsOfTheDay />
              <FurtherDown summary={data} activity={activity} />
            </div>
          )
        }
      </Loaded>
    </>
  );
}

function EventsOfTheDay() {
  const t = useT();
  const router = useRouter();
  const range = useMemo(() => {
    const toTime = Math.ceil(Date.now() / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
    return { fromTime: toTime - DAY_MS, toTime };
  }, []);
  const histogram = useQuery(trpc.events.histogram.queryOptions({ ...range, buckets: 96, filter: {} }));
  return (
    <Panel title={t.overview.activity} note={t.overview.activityHint}>
      <div className="p-4">
        <Loaded query={histogram} skeleton={<Skeleton lines={5} />}>
          {(data) => (
            <Histogram
              label={t.overview.activity}
              bucketMs={data?.bucketMs ?? QUARTER_HOUR_MS}
              buckets={data?.buckets ?? []}
              onRange={(fromTime, toTime) => router.push(eventsUrl({ range: 'custom', fromTime, toTime }))}
            />
          )}
        </Loaded>
      </div>
    </Panel>
  );
}
