// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one cannot be a <table>; the roles say what they are
'use client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { ColumnHeader } from '../../ui/column-header.tsx';
import { type Column, gridOf, pinOffsets } from '../../ui/columns.ts';
import { useMatches } from '../../ui/in-browser.ts';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import type { ColumnName } from './columns.ts';
import { EventCard, EventTableRow, GapRow } from './event-row.tsx';
import { isGap } from './event-window.ts';
import type { OpenMenu } from './row-menu-button.tsx';
import type { EventList } from './use-event-window.ts';

const NARROW = '(max-width: 640px)';

const ROW_PX = 32;
const MENU_PX = 24;
const CARD_PX = 62;
/** The header lies over the rows, so the list must scroll that much further to show the last one. */
const HEADER_PX = 34;
const SCROLLED_PX = 8;
const NEAR_END_ROWS = 20;
const OVERSCAN_ROWS = 6;
/** So many rows stand above the one that a link names. */
const ROWS_ABOVE_LINKED = 5;
const ROW_PADDING_PX = 12;
const SIGNS: readonly ColumnName[] = ['severity'];
const NONE: ReadonlySet<number> = new Set();

type EventTableProps = {
  readonly list: EventList;
  readonly columns: readonly Column<ColumnName>[];
  readonly wrap: boolean;
  readonly selected: number | null;
  readonly marked?: ReadonlySet<number>;
  readonly onColumns: (columns: readonly Column<ColumnName>[]) => void;
  readonly onSelect: (
    position: number,
    event: { readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean },
  ) => void;
  readonly onMenu: (menu: OpenMenu) => void;
  readonly onScrolled: (scrolled: boolean) => void;
};

/** The list of events, or why there is none yet. */
export function EventTable(props: EventTableProps) {
  const { rows, error, dataUpdatedAt, reload, searchedTo } = props.list;
  const data = rows.length > 0 || (searchedTo !== undefined && !error) ? rows : undefined;
  return (
    <Loaded query={{ data, error, dataUpdatedAt, refetch: reload }} skeleton={<Skeleton lines={12} className="p-4" />}>
      {() => <Rows {...props} />}
    </Loaded>
  );
}

/** Only the rows in sight are in the page; pages are fetched as one comes near either end. */
function Rows({ list, columns, wrap, selected, marked = NONE, onColumns, onSelect, onMenu, onScrolled }: EventTableProps) {
  const t = useT();
  const scroller = useRef<HTMLElement>(null);
  const narrow = useMatches(NARROW, false);
  const rowPx = narrow ? CARD_PX : ROW_PX;
  const { rows, hasOlder, hasNewer, loadOlder, loadNewer } = list;
  const grid = useMemo(() => gridOf(columns, { afterPx: MENU_PX }), [columns]);
  const pins = useMemo(() => pinOffsets(columns, ROW_PADDING_PX, ROW_PADDING_PX), [columns]);
  const at = rows.findIndex((row) => row.position === selected);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    initialOffset: () => Math.max(0, at - ROWS_ABOVE_LINKED) * rowPx,
    // The height is known before anything is measured, so that the rows in sight are there at once.
    initialRect: { width: 0, height: globalThis.innerHeight ?? 0 },
    overscan: OVERSCAN_ROWS,
    useFlushSync: false,
    scrollPaddingEnd: HEADER_PX,
    getItemKey: (index) => rows[index]?.position ?? index,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;

  // What comes in above must not move what the person reads; only a list that follows at its top shows it at once.
  const before = useRef({ first: rows[0]?.position, hasNewer });
  useLayoutEffect(() => {
    const element = scroller.current;
    const { first: oldFirst, hasNewer: hadNewer } = before.current;
    before.current = { first: rows[0]?.position, hasNewer };
    const added = rows.findIndex((row) => row.position === oldFirst);
    if (element && added > 0 && (hadNewer || element.scrollTop > SCROLLED_PX)) element.scrollTop += added * rowPx;
  }, [rows, hasNewer, rowPx]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another size means that everything is measured again
  useEffect(() => virtual.measure(), [narrow, wrap]);

  useEffect(() => {
    if (hasOlder && list.searchedTo === undefined && last >= rows.length - NEAR_END_ROWS) loadOlder();
    if (hasNewer && first === 0) loadNewer();
  }, [first, last, rows.length, hasOlder, hasNewer, list.searchedTo, loadOlder, loadNewer]);

  // The list opens at what was chosen already; after that a new choice moves it.
  const moved = useRef(at >= 0 ? selected : null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new choice moves the list
  useEffect(() => {
    if (at >= 0 && selected !== moved.current) virtual.scrollToIndex(at, { align: 'auto' });
    moved.current = selected;
  }, [selected, at >= 0]);

  return (
    <section
      id="event-rows"
      ref={scroller}
      aria-label={t.events.table}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={(event) => onScrolled(event.currentTarget.scrollTop > SCROLLED_PX)}
      className="h-[calc(100dvh-13rem)] min-h-80 flex-auto overflow-auto rounded-lg border border-line bg-surface scroll-quiet sm:h-0"
    >
      <div role="table" aria-label={t.events.table} aria-rowcount={-1} className="min-w-full sm:w-max">
        <ColumnHeader
          columns={columns}
          titles={t.events.columnNames}
          pins={pins}
          grid={grid}
          signs={SIGNS}
          after={t.events.actions}
          onColumns={onColumns}
        />
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const place = { rowIndex: item.index + 2, offsetPx: item.start };
            if (isGap(row)) return <GapRow key={item.key} {...place} gap={row} heightPx={rowPx} onFill={list.fill} />;
            const state = {
              row,
              selected: row.position === selected,
              marked: marked.has(row.position),
              fresh: row.position > list.freshAfter,
              onSelect,
              onMenu,
            };
            if (narrow) return <EventCard key={item.key} {...place} {...state} />;
            const below = rows[item.index + 1];
            const earlierTime = below && !isGap(below) ? below.time : undefined;
            const layout = { columns, pins, grid, wrap, measure: virtual.measureElement, index: item.index, earlierTime };
            return <EventTableRow key={item.key} {...place} {...state} {...layout} />;
          })}
        </div>
      </div>
      <ListEnd list={list} />
    </section>
  );
}

/** Whether there is more: the beginning of the range, or a search whose time was over. */
function ListEnd({ list }: { readonly list: EventList }) {
  const t = useT();
  const format = useFormat();
  if (list.searchedTo !== undefined) {
    return (
      <div role="status" className="flex flex-wrap items-center justify-center gap-3 bg-warn-soft px-4 py-2 text-sm text-warn">
        {t.events.partial(format.number(list.searchedTo))}
        <Button onClick={list.loadOlder} disabled={list.loading}>
          {t.events.searchOn}
        </Button>
      </div>
    );
  }
  return list.hasOlder ? null : <p className="py-3 text-center text-xs text-ink-3">{t.events.end}</p>;
}
