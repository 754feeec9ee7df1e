'use client';
import { memo, useCallback, useMemo, useState } from 'react';
import { togglePaused, usePaused } from '../../data/feed.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { type Column, columnsText, parseColumns } from '../../ui/columns.ts';
import { later } from '../../ui/later.tsx';
import { usePointedValue } from '../../ui/pointed-value.ts';
import { ExportLink } from '../exports/export-link.tsx';
import { useKeys } from '../frame/keys.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { TimeRangePicker } from '../frame/time-range-picker.tsx';
import { Activity } from './activity.tsx';
import type { Compared } from './bubble-up.tsx';
import { clauseFor } from './clause-for.ts';
import { excludedValue, withClause } from './clauses.ts';
import { type ColumnName, EVENT_COLUMNS } from './columns.ts';
import { EmptyList } from './empty-list.tsx';
import { valuesOfRow } from './event-row.tsx';
import { EventTable } from './event-table.tsx';
import { isGap } from './event-window.ts';
import { FacetRail, FacetSheet } from './facet-rail.tsx';
import { QueryBar } from './query-bar.tsx';
import { type OpenMenu, openRowMenu, RowMenu } from './row-menu-button.tsx';
import { useEventQuery } from './use-event-query.ts';
import { type EventList, useEventWindow } from './use-event-window.ts';
import { useFacets } from './use-facets.ts';
import { useSelecting } from './use-selecting.ts';
import { ViewTabs } from './view-tabs.tsx';

const BubbleUp = later(() => import('./bubble-up.tsx').then((module) => module.BubbleUp));
const ColumnMenu = memo(later(() => import('../../ui/column-menu.tsx').then((module) => module.ColumnMenu<ColumnName>)));
const EventDrawer = memo(later(() => import('./event-drawer.tsx').then((module) => module.EventDrawer)));

/** Everything that was ever recorded, and what is being recorded now. */
export function EventsPage() {
  const t = useT();
  const format = useFormat();
  const state = useEventQuery();
  const { query, filter, change } = state;
  const columns = useMemo(() => parseColumns(EVENT_COLUMNS, query.columns), [query.columns]);
  const [scrolled, setScrolled] = useState(false);
  const [railHidden, setRailHidden] = useState(false);
  const [marked, setMarked] = useState<ReadonlySet<number>>(new Set());
  const [compared, setCompared] = useState<Compared>();
  const [menu, setMenu] = useState<OpenMenu>();
  const selecting = useSelecting();
  const list = useEventWindow(
    filter,
    scrolled || query.selected !== null || selecting || menu !== undefined || marked.size > 0,
    query.selected,
  );
  const counts = useFacets(state, !list.loading || list.rows.length > 0);
  const open = useCallback((position: number | null) => change({ selected: position }, true), [change]);

  const onSelect = useCallback<Parameters<typeof EventTable>[0]['onSelect']>(
    (position, event) => {
      if (!event.shiftKey && !event.ctrlKey && !event.metaKey) return open(position);
      setMarked((now) => new Set(now.has(position) ? [...now].filter((other) => other !== position) : [...now, position]));
    },
    [open],
  );
  const step = (by: number) => () => {
    const at = list.rows.findIndex((row) => row.position === query.selected);
    const next = list.rows[at === -1 ? 0 : at + by];
    if (next) open(next.position);
  };
  const close = () => {
    if (query.selected !== null) return open(null);
    if (marked.size > 0) return setMarked(new Set());
    return compared ? setCompared(undefined) : false;
  };
  const toggleWrap = useCallback(() => change({ wrap: !query.wrap }, true), [change, query.wrap]);
  const pointed = usePointedValue();
  const atValue = (act: (q: string, field: string, value: string) => string) => () => {
    const { field, value } = pointed();
    if (field === undefined || value === undefined) return false;
    change({ q: act(query.q, field, value) });
    return true;
  };
  useKeys({
    j: step(1),
    k: step(-1),
    o: step(0),
    Escape: close,
    f: () => setRailHidden(!railHidden),
    m: () => openRowMenu(query.selected),
    w: toggleWrap,
    i: atValue((q, field, value) => withClause(q, clauseFor(field, [value]))),
    x: atValue(excludedValue),
  });

  const compareRange = useCallback(
    (fromTime: number, toTime: number) =>
      setCompared({
        title: `${format.day(fromTime)} – ${format.day(toTime)}`,
        selected: { ...filter, fromTime, toTime },
        baseline: { ...(filter.query !== undefined && { query: filter.query }), fromTime: fromTime - (toTime - fromTime) * 10, toTime },
      }),
    [filter, format],
  );
  const onColumns = useCallback(
    (next: readonly Column<ColumnName>[]) => change({ columns: columnsText(EVENT_COLUMNS, next) }, true),
    [change],
  );
  const compareMarked = () =>
    setCompared({
      title: t.events.rows(marked.size),
      selected: { query: clauseFor('seq', [...marked].map(String)) },
      baseline: filter,
    });

  const ofMenu = list.rows.find((row) => row.position === menu?.position);
  return (
    <div className="flex min-h-0 flex-1 flex-col sm:h-[calc(100dvh-5.5rem)] sm:min-h-[40rem] sm:flex-none">
      <PageTitle title={t.events.title}>
        <TailState list={list} />
      </PageTitle>
      <ViewTabs state={state} />
      <TimeRangePicker value={query} onChange={change} />
      <QueryBar state={state} live={counts.live} />
      <Activity state={state} counts={counts} onCompare={compareRange} />
      {compared ? <BubbleUp compared={compared} state={state} onClose={() => setCompared(undefined)} /> : null}
      <FacetSheet state={state} counts={counts} />
      <div className="flex min-h-0 flex-1 gap-4">
        {railHidden ? null : <FacetRail state={state} counts={counts} />}
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <div className="mb-1 flex min-h-8 flex-wrap items-center gap-2 text-xs text-ink-3 max-sm:hidden">
            {marked.size > 0 ? (
              <>
                <span>{t.events.rows(marked.size)}</span>
                <Button onClick={compareMarked} className="h-7 text-xs">
                  {t.events.compareRows}
                </Button>
              </>
            ) : (
              <span>{t.events.markHint}</span>
            )}
            <span className="ml-auto flex">
              <ExportLink look="quiet" shown={query}>
                {t.events.exportThese}
              </ExportLink>
              <ColumnMenu
                set={EVENT_COLUMNS}
                titles={t.events.columnNames}
                columns={columns}
                onColumns={onColumns}
                wrapTitle={t.events.wrap}
                wrap={query.wrap}
                onWrap={toggleWrap}
              />
            </span>
          </div>
          {list.rows.length === 0 && !list.loading && !list.error && list.searchedTo === undefined ? (
            <EmptyList state={state} />
          ) : (
            <EventTable
              list={list}
              columns={columns}
              wrap={query.wrap}
              selected={query.selected}
              marked={marked}
              onColumns={onColumns}
              onSelect={onSelect}
              onMenu={setMenu}
              onScrolled={setScrolled}
            />
          )}
        </div>
      </div>
      {menu && ofMenu && !isGap(ofMenu) ? (
        <RowMenu key={menu.position} menu={menu} values={valuesOfRow(ofMenu)} q={query.q} onQuery={(q) => change({ q })} onMenu={setMenu} />
      ) : null}
      {query.selected === null ? null : <EventDrawer position={query.selected} state={state} onSelect={open} />}
    </div>
  );
}

/** Follows, or stands still and says how much has come since. */
function TailState({ list }: { readonly list: EventList }) {
  const t = useT();
  const paused = usePaused();
  const still = paused || list.hasNewer || list.pending > 0;
  const resume = () => {
    if (paused) togglePaused();
    list.resume();
    document.getElementById('event-rows')?.scrollTo({ top: 0 });
  };
  return (
    <div className="ml-auto flex items-center gap-2">
      {list.oneIn > 1 ? (
        <Button onClick={list.reload} look="quiet" className="text-warn" title={t.events.oneInWhy}>
          {t.events.oneIn(list.oneIn)}
        </Button>
      ) : null}
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
