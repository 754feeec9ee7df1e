'use client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import Link from 'next/link';
import { type ReactNode, useEffect } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { client, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button, buttonLook } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { eventsUrl } from '../events/filter-url.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { OutcomeBadge } from './outcome-badge.tsx';
import { TurnPanel } from './turn-panel.tsx';
import { TurnView } from './turn-view.tsx';

const PAGE_TURNS = 25;
const REFRESH_MS = 300;

type SessionViewProps = { readonly sessionId: string; readonly selected: string | null; readonly onSelect: (messageId: string) => void };

/** One conversation, and beside it the way of the chosen message. */
export function SessionView({ sessionId, selected, onSelect }: SessionViewProps) {
  const t = useT();
  const cache = useQueryClient();
  const queryKey = [...trpc.sessions.get.queryKey({ sessionId, limit: PAGE_TURNS }), 'pages'];
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) =>
      client.sessions.get.query({ sessionId, limit: PAGE_TURNS, ...(pageParam === undefined ? {} : { before: pageParam }) }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
  });
  useRefresh(
    (row) => row.sessionId === sessionId,
    () => void cache.invalidateQueries({ queryKey }),
    REFRESH_MS,
  );
  const newest = pages.data?.pages[0];
  const turns = pages.data?.pages.toReversed().flatMap((page) => page.turns) ?? [];
  const chosen = selected ?? turns.at(-1)?.messageId;

  const found = turns.some((turn) => turn.messageId === selected);
  useEffect(() => {
    if (found && selected) document.querySelector(`[data-message="${CSS.escape(selected)}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [selected, found]);

  if (!newest) {
    if (pages.error) return <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />;
    return <Skeleton lines={9} />;
  }
  return (
    <>
      <Link href="/sessions/" className="mb-2 inline-flex min-h-6 items-center gap-1 self-start text-sm text-ink-2 hover:text-ink">
        <ArrowLeft aria-hidden className="size-3.5" />
        {t.sessions.back}
      </Link>
      <PageTitle title={newest.session.title || t.sessions.untitled}>
        {newest.closed ? (
          <Badge>{t.sessions.closed}</Badge>
        ) : (
          <OutcomeBadge outcome={newest.session.lastOutcome} open={newest.session.openMessages} />
        )}
        <Link href={eventsUrl({ sessionId, range: 'all' })} className={buttonLook('plain', 'ml-auto')}>
          {t.sessions.eventsOf}
        </Link>
      </PageTitle>
      <Facts session={newest.session} />
      <div className="grid min-w-0 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <Panel title={t.sessions.conversation}>
          <div className="flex flex-col gap-1 p-2">
            {pages.hasNextPage ? (
              <Button look="quiet" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()} className="self-center">
                {t.sessions.older}
              </Button>
            ) : null}
            {turns.map((turn) => (
              <TurnView key={turn.messageId} turn={turn} selected={turn.messageId === chosen} onSelect={onSelect} />
            ))}
          </div>
        </Panel>
        {chosen === undefined ? <EmptyState title={t.sessions.noTurn} /> : <TurnPanel messageId={chosen} />}
      </div>
    </>
  );
}

function Facts({ session }: { readonly session: Outputs['sessions']['get']['session'] }) {
  const t = useT();
  const format = useFormat();
  const account = session.account === 'default' ? session.channel : `${session.channel}/${session.account}`;
  return (
    <dl className="mb-4 grid grid-cols-2 gap-x-6 gap-y-2 rounded-lg border border-line bg-surface px-4 py-3 text-sm sm:flex sm:flex-wrap sm:gap-x-8">
      <Fact name={t.sessions.agent}>{session.agentId}</Fact>
      <Fact name={t.sessions.channel}>{account}</Fact>
      <Fact name={t.sessions.peer}>{session.peerId}</Fact>
      <Fact name={t.sessions.turns}>{format.number(session.turns)}</Fact>
      <Fact name={t.sessions.tokens}>
        {format.compact(session.inputTokens)} + {format.compact(session.outputTokens)}
      </Fact>
      <Fact name={t.sessions.opened}>{format.day(session.openedAt)}</Fact>
      <Fact name={t.sessions.last}>{format.ago(session.lastTime, Date.now())}</Fact>
      <Fact name={t.sessions.key}>
        <code className="font-mono text-xs">{session.sessionKey}</code>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd className="break-words figures">{children}</dd>
    </div>
  );
}
