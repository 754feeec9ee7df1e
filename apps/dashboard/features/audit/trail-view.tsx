'use client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import Printer from 'lucide-react/icons/printer';
import { useMemo, useState } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { bodyOf, client, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { later } from '../../ui/later.tsx';
import { usePointedValue } from '../../ui/pointed-value.ts';
import { ErrorState, Loaded, Skeleton } from '../../ui/states.tsx';
import { clauseFor } from '../events/clause-for.ts';
import { excludedValue, withClause } from '../events/clauses.ts';
import { type OpenMenu, openRowMenu, RowMenu, type RowValue } from '../events/row-menu-button.tsx';
import { useEventQuery } from '../events/use-event-query.ts';
import { ExportLink } from '../exports/export-link.tsx';
import { useKeys } from '../frame/keys.ts';
import { TimeRangePicker } from '../frame/time-range-picker.tsx';
import { ActorCard } from './actor-card.tsx';
import { type AuditChange, type AuditQuery, actorId, toTrailFilter } from './audit-url.ts';
import { NoTrail } from './no-trail.tsx';
import { PrintReport } from './print-report.tsx';
import { TrailFacetSheet, TrailFacets } from './trail-facets.tsx';
import { TrailFilters } from './trail-filters.tsx';
import { TrailTable } from './trail-table.tsx';

const EventDrawer = later(() => import('../events/event-drawer.tsx').then((module) => module.EventDrawer));

const PAGE_ROWS = 100;
const REFRESH_MS = 5_000;

export type TrailRow = Outputs['audit']['list']['rows'][number];

/** The events of the audit trail, newest first. */
export function TrailView({ query, change }: { readonly query: AuditQuery; readonly change: AuditChange }) {
  const t = useT();
  const format = useFormat();
  const cache = useQueryClient();
  const state = useEventQuery();
  const [menu, setMenu] = useState<OpenMenu>();
  const [printing, setPrinting] = useState(false);
  const { classes, query: words, actor, target, failed, range, fromTime, toTime } = query;
  const key = JSON.stringify([classes, words, actor, target, failed, range, fromTime, toTime]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for every clause
  const filter = useMemo(() => toTrailFilter(query, Date.now()), [key]);
  const queryKey = [...trpc.audit.list.queryKey({ filter, limit: PAGE_ROWS }), 'pages'];
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      client.audit.list.query({ filter, limit: PAGE_ROWS, ...(pageParam === undefined ? {} : { before: pageParam }) }, { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
  });
  const looking = query.selected !== null || menu !== undefined;
  useRefresh(
    (row) => !looking && !row.type.startsWith('message.') && !row.type.startsWith('model.'),
    () => void cache.invalidateQueries({ queryKey }),
    REFRESH_MS,
  );
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  const first = pages.data?.pages[0];
  const select = (position: number | null) => change({ selected: position }, true);
  const step = (by: number) => () => {
    const at = rows.findIndex((row) => row.position === query.selected);
    const next = rows[at === -1 ? 0 : at + by];
    if (next) select(next.position);
  };
  const pointed = usePointedValue();
  const atValue = (act: (q: string, field: string, value: string) => string) => () => {
    const { field, value } = pointed();
    if (field === undefined || value === undefined) return false;
    change({ query: act(words ?? '', field, value) });
    return true;
  };
  useKeys({
    i: atValue((q, field, value) => withClause(q, clauseFor(field, [value]))),
    x: atValue(excludedValue),
    j: step(1),
    k: step(-1),
    o: step(0),
    Escape: () => (query.selected === null ? false : select(null)),
    m: () => openRowMenu(query.selected),
  });
  const ofMenu = rows.find((row) => row.position === menu?.position);

  if (bodyOf(pages.error)?.code === 'FORBIDDEN') return <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />;
  return (
    <>
      <TimeRangePicker value={query} onChange={change} />
      <TrailFilters query={query} change={change}>
        <Button className="h-9" onClick={() => setPrinting(true)} disabled={rows.length === 0}>
          <Printer aria-hidden className="size-4" />
          {t.audit.print}
        </Button>
        {first ? (
          <ExportLink look="plain" className="h-9" shown={{ q: first.scope.query, classes: first.scope.classes, range, fromTime, toTime }}>
            {t.audit.exportThese}
          </ExportLink>
        ) : null}
      </TrailFilters>
      {query.actor === null ? null : <ActorCard id={query.actor} onClose={() => change({ actor: null })} />}
      {first?.enabled === false ? <p className="mb-3 rounded-md bg-warn-soft px-3 py-1.5 text-sm text-warn">{t.audit.off}</p> : null}
      <TrailFacetSheet filter={filter} query={query} change={change} />
      <div className="flex min-h-0 gap-4">
        <TrailFacets filter={filter} query={query} change={change} />
        <div className="min-w-0 flex-1">
          <Loaded query={pages} skeleton={<Skeleton lines={12} className="p-4" />}>
            {() =>
              rows.length === 0 && !pages.hasNextPage ? (
                <NoTrail query={query} change={change} older={first?.older} />
              ) : (
                <TrailTable
                  rows={rows}
                  selected={query.selected}
                  onSelect={select}
                  onMenu={setMenu}
                  onEnd={() => pages.hasNextPage && !pages.isFetching && void pages.fetchNextPage()}
                  end={
                    pages.hasNextPage
                      ? t.common.loading
                      : first?.older === undefined
                        ? t.audit.end
                        : t.audit.older(format.full(first.older))
                  }
                />
              )
            }
          </Loaded>
        </div>
      </div>
      {menu && ofMenu ? (
        <RowMenu
          key={menu.position}
          menu={menu}
          values={valuesOf(ofMenu)}
          q={words ?? ''}
          onQuery={(q) => change({ query: q || null })}
          onMenu={setMenu}
        />
      ) : null}
      {query.selected === null ? null : <EventDrawer position={query.selected} state={state} onSelect={select} />}
      {printing ? <PrintReport filter={filter} onDone={() => setPrinting(false)} /> : null}
    </>
  );
}

function valuesOf({ type, who, sessionId }: TrailRow): readonly RowValue[] {
  return [
    { field: 'type', value: type },
    { field: 'actor', value: actorId(who) },
    ...(sessionId === undefined ? [] : [{ field: 'session' as const, value: sessionId }]),
  ];
}
