'use client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useRefresh } from '../../data/feed.ts';
import { client, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Link } from '../../ui/link.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { SeverityMark } from '../../ui/severity.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { eventsUrl } from '../frame/links.ts';

const PAGE_ROWS = 30;
const REFRESH_MS = 1_000;

/** What happened to the connection, and what operators said about it, the newest first. */
export function ConnectionLog({ channel, account }: { readonly channel: string; readonly account: string }) {
  const t = useT();
  const cache = useQueryClient();
  const input = { channel, account, limit: PAGE_ROWS };
  const queryKey = [...trpc.channels.log.queryKey(input), 'pages'];
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      client.channels.log.query({ ...input, ...(pageParam === undefined ? {} : { before: pageParam }) }, { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
  });
  useRefresh(
    ({ type }) => type.startsWith('channel.'),
    () => void cache.invalidateQueries({ queryKey }),
    REFRESH_MS,
  );
  if (pages.error && !pages.data) return <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />;
  if (!pages.data) return <Skeleton lines={5} className="p-4" />;
  const rows = pages.data.pages.flatMap((page) => page.rows);
  if (rows.length === 0 && !pages.hasNextPage) return <p className="px-4 py-8 text-center text-sm text-ink-3">{t.channels.logNone}</p>;
  return (
    <>
      <ul className="divide-y divide-line">
        {rows.map((row) => (
          <li key={row.position} className="flex items-start gap-3 px-4 py-2 text-sm">
            <SeverityMark severity={row.severity} short />
            <Link href={eventsUrl({ range: 'all', selected: row.position })} className="min-w-0 flex-1 hover:text-accent hover:underline">
              {row.summary}
            </Link>
            <Time value={row.time} className="shrink-0 text-xs leading-5 text-ink-3" />
          </li>
        ))}
      </ul>
      <LoadMore pages={pages} />
    </>
  );
}
