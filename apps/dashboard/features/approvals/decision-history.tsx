'use client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { client, type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { ClauseHints } from '../../ui/clause-hints.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Link } from '../../ui/link.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { Time } from '../../ui/time.tsx';
import { clausesOf, withoutClause } from '../events/clauses.ts';
import { eventsUrl, sessionUrl } from '../frame/links.ts';

const PAGE_ROWS = 25;
const HINT_ROWS = 50;
const MOST_CLAUSES = 10;

type Row = Outputs['approvals']['history']['rows'][number];

/** What was decided, by whom and why, the newest first. */
export function DecisionHistory({ query, onQuery }: { readonly query: string; readonly onQuery: (query: string) => void }) {
  const t = useT();
  const [text, setText] = useState(query);
  useEffect(() => setText(query), [query]);
  const pages = useInfiniteQuery({
    queryKey: [...trpc.approvals.history.queryKey({ query, limit: PAGE_ROWS }), 'pages'],
    queryFn: ({ pageParam, signal }) =>
      client.approvals.history.query({ query, limit: PAGE_ROWS, ...(pageParam === undefined ? {} : { before: pageParam }) }, { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
    retry: false,
  });
  const search = (event: FormEvent) => {
    event.preventDefault();
    onQuery(text.trim());
  };
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <div className="flex flex-col gap-4">
      <search>
        <form onSubmit={search} className="max-w-2xl">
          <TextField
            label={t.approvals.search}
            hint={t.approvals.searchHint}
            value={text}
            onChange={({ target }) => setText(target.value)}
            beside={<Button type="submit">{t.approvals.searchDo}</Button>}
          />
        </form>
      </search>
      {pages.isPending ? <Skeleton lines={6} /> : null}
      {pages.error ? <ErrorState error={pages.error} onRetry={() => void pages.refetch()} /> : null}
      {pages.data && rows.length === 0 ? (
        query === '' ? (
          <EmptyState title={t.approvals.historyNone}>
            <p>{t.approvals.historyNoneWhy}</p>
          </EmptyState>
        ) : (
          <NoneFits query={query} onQuery={onQuery} />
        )
      ) : null}
      {rows.length === 0 ? null : (
        <div className="rounded-lg border border-line bg-surface">
          <DataTable label={t.approvals.history} columns={columns(t)} rows={rows} keyOf={({ position }) => String(position)} />
          {pages.data?.pages.at(-1)?.partial ? <p className="px-4 py-2 text-xs text-ink-3">{t.approvals.partial}</p> : null}
          <LoadMore pages={pages} />
        </div>
      )}
    </div>
  );
}

/** Which clause of the search hides the decisions. */
function NoneFits({ query, onQuery }: { readonly query: string; readonly onQuery: (query: string) => void }) {
  const t = useT();
  const drops = clausesOf(query)
    .slice(0, MOST_CLAUSES)
    .map((clause) => ({ title: clause.text, left: withoutClause(query, clause) }));
  const counts = useQuery({
    queryKey: [...trpc.approvals.history.queryKey(), 'without', query],
    queryFn: ({ signal }) =>
      Promise.all(drops.map(({ left }) => client.approvals.history.query({ query: left, limit: HINT_ROWS }, { signal }))),
  });
  const hints = drops.flatMap(({ title, left }, at) => {
    const { rows = [], next } = counts.data?.[at] ?? {};
    const found = t.approvals.found(rows.length, next !== undefined);
    return rows.length > 0 ? [{ title: t.approvals.without(title), found, drop: () => onQuery(left) }] : [];
  });
  return (
    <EmptyState title={t.approvals.historyFiltered}>
      {hints.length > 0 ? <p>{t.approvals.withoutWhy}</p> : null}
      <ClauseHints hints={hints} />
      <Button onClick={() => onQuery('')}>{t.common.clear}</Button>
    </EmptyState>
  );
}

function columns(t: ReturnType<typeof useT>): readonly Column<Row>[] {
  const link = 'inline-flex min-h-6 items-center hover:text-accent hover:underline';
  return [
    {
      id: 'time',
      title: t.approvals.decided,
      width: '9rem',
      cell: ({ time, position }) => (
        <Link href={eventsUrl({ range: 'all', selected: position })} className={link}>
          <Time value={time} as="day" />
        </Link>
      ),
    },
    {
      id: 'verdict',
      title: t.approvals.verdict,
      cell: ({ verdict, lasting, people }) => {
        if (verdict === 'denied') return <Badge tone="bad">{t.approvals.verdictDenied}</Badge>;
        if (verdict === 'given') return <Badge tone="accent">{t.approvals.ofTwo(1)}</Badge>;
        const text = lasting ? t.approvals.verdictSession : t.approvals.verdictApproved;
        return <Badge tone="ok">{people ? t.approvals.byTwo(text) : text}</Badge>;
      },
    },
    {
      id: 'tool',
      title: t.approvals.tool,
      cell: ({ tool, sessionId }) =>
        sessionId === undefined ? (
          <span className="font-mono text-xs">{tool}</span>
        ) : (
          <Link href={sessionUrl(sessionId)} className={`font-mono text-xs ${link}`}>
            {tool}
          </Link>
        ),
    },
    { id: 'agent', title: t.approvals.agent, from: 'md', cell: ({ agentId }) => agentId },
    {
      id: 'who',
      title: t.approvals.who,
      cell: ({ by, actor }) => (by === 'time' ? t.approvals.byTime : by === 'conversation' ? t.approvals.byConversation : actor),
    },
    {
      id: 'reason',
      title: t.approvals.reason,
      from: 'lg',
      cell: ({ reason }) => <span className="text-ink-2 foreign-text">{reason}</span>,
    },
  ];
}
