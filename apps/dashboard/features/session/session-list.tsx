'use client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { client, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Link } from '../../ui/link.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { useKeys } from '../frame/keys.ts';
import { sessionUrl } from '../frame/links.ts';
import { NoSessions } from './no-sessions.tsx';
import { OutcomeBadge } from './outcome-badge.tsx';

const PAGE_ROWS = 50;
const REFRESH_MS = 1_000;

export type SessionFilter = { readonly channel?: string; readonly agentId?: string; readonly openOnly?: boolean };
type SessionListProps = { readonly filter: SessionFilter; readonly onFilter: (filter: SessionFilter) => void };
type Row = Outputs['sessions']['list']['rows'][number];

/** The conversations, the one that was active last first. */
export function SessionList({ filter, onFilter }: SessionListProps) {
  const t = useT();
  const router = useRouter();
  const cache = useQueryClient();
  const list = useRef<HTMLTableSectionElement>(null);
  const [at, setAt] = useState(-1);
  const queryKey = [...trpc.sessions.list.queryKey({ filter, limit: PAGE_ROWS }), 'pages'];
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) =>
      client.sessions.list.query({ filter, limit: PAGE_ROWS, ...(pageParam === undefined ? {} : { before: pageParam }) }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
  });
  useRefresh(
    (row) => row.sessionId !== undefined,
    () => void cache.invalidateQueries({ queryKey }),
    REFRESH_MS,
  );
  // A session that moved to the top between two pages would otherwise stand twice.
  const rows = [...new Map(pages.data?.pages.flatMap((page) => page.rows).map((row) => [row.sessionId, row])).values()];

  const step = (by: number) => () => {
    const next = Math.min(Math.max(at + by, 0), rows.length - 1);
    setAt(next);
    list.current?.querySelectorAll('a')[next]?.focus();
  };
  const open = () => {
    const row = rows[at];
    return row ? router.push(sessionUrl(row.sessionId)) : false;
  };
  useKeys({
    j: step(1),
    k: step(-1),
    o: open,
    Enter: ({ target }) => (target instanceof HTMLAnchorElement || target instanceof HTMLButtonElement ? false : open()),
  });

  return (
    <Loaded query={pages} skeleton={<Skeleton lines={9} />}>
      {() =>
        rows.length === 0 ? (
          <NoSessions filter={filter} onFilter={onFilter} />
        ) : (
          <div className="overflow-hidden rounded-lg border border-line bg-surface">
            <table aria-label={t.sessions.table} className="w-full table-fixed text-left text-sm">
              <thead className="border-b border-line text-xs text-ink-3 max-sm:sr-only">
                <tr>
                  <th className="h-8 px-4 font-medium">{t.sessions.session}</th>
                  <th className="w-28 font-medium">{t.sessions.channel}</th>
                  <th className="w-28 font-medium max-lg:hidden">{t.sessions.agent}</th>
                  <th className="w-20 text-right font-medium max-lg:hidden">{t.sessions.turns}</th>
                  <th className="w-36 text-right font-medium max-lg:hidden">{t.sessions.tokens}</th>
                  <th className="w-36 pl-8 font-medium">{t.sessions.state}</th>
                  <th className="w-32 pr-4 text-right font-medium">{t.sessions.last}</th>
                </tr>
              </thead>
              <tbody ref={list}>
                {rows.map((row, index) => (
                  <SessionRow key={row.sessionId} row={row} current={index === at} />
                ))}
              </tbody>
            </table>
            <LoadMore pages={pages} />
          </div>
        )
      }
    </Loaded>
  );
}

function SessionRow({ row, current }: { readonly row: Row; readonly current: boolean }) {
  const t = useT();
  const format = useFormat();
  return (
    <tr
      className={classNames(
        'relative border-b border-line last:border-b-0 hover:bg-sunken max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:gap-x-3 max-sm:px-4 max-sm:py-2',
        current && 'bg-accent-soft',
      )}
    >
      <td className="truncate px-4 py-2 font-medium max-sm:p-0">
        <Link href={sessionUrl(row.sessionId)} className="after:absolute after:inset-0 hover:text-accent">
          {row.title || t.sessions.untitled}
        </Link>
      </td>
      <td className="truncate text-ink-2 max-sm:order-3">{row.channel}</td>
      <td className="truncate text-ink-2 max-lg:hidden">{row.agentId}</td>
      <td className="text-right text-ink-2 figures max-lg:hidden">{format.number(row.turns)}</td>
      <td className="text-right text-ink-2 figures max-lg:hidden">
        {format.compact(row.inputTokens)} + {format.compact(row.outputTokens)}
      </td>
      <td className="pl-8 max-sm:order-4 max-sm:p-0 max-sm:text-right">
        <OutcomeBadge outcome={row.lastOutcome} open={row.openMessages} />
      </td>
      <td className="pr-4 text-right text-xs text-ink-3 figures max-sm:p-0">{format.ago(row.lastTime, Date.now())}</td>
    </tr>
  );
}
