'use client';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { useRefresh } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { eventsUrl } from '../events/filter-url.ts';
import { RouteExplanation } from './route-explanation.tsx';
import { waterfall } from './waterfall.ts';
import { WaterfallChart } from './waterfall-chart.tsx';

const REFRESH_MS = 300;

/** One message's way through the gateway, and why it went that way. */
export function TurnPanel({ messageId }: { readonly messageId: string }) {
  const t = useT();
  const cache = useQueryClient();
  const options = trpc.sessions.turn.queryOptions({ messageId });
  const turn = useQuery({ ...options, placeholderData: keepPreviousData });
  useRefresh(
    (row) => row.correlationId === messageId,
    () => void cache.invalidateQueries({ queryKey: options.queryKey }),
    REFRESH_MS,
  );
  const all = (
    <Link href={eventsUrl({ correlationId: messageId, range: 'all' })} className="rounded px-1 py-0.5 text-xs text-accent hover:underline">
      {t.turn.events}
    </Link>
  );
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Panel title={t.turn.title} actions={all}>
        <Loaded query={turn}>{(data) => <WaterfallChart flow={waterfall(data.events, Date.now())} />}</Loaded>
      </Panel>
      <Panel title={t.route.title}>
        <Loaded query={turn}>{(data) => <RouteExplanation route={data.route} />}</Loaded>
      </Panel>
    </div>
  );
}
