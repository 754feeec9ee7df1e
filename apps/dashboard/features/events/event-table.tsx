// biome-ignore-all lint/a11y/useFocusableInteractive: rows and headers of a table are read, not operated
// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one cannot be a <table>; the roles say what they are
'use client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from 'react';
import { useT } from '../../i18n/index.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { COLUMNS, EventCard, EventTableRow } from './event-row.tsx';
import type { EventList } from './use-event-window.ts';

const ROW_PX = 32;
const CARD_PX = 62;
/** The header lies over the rows, so the list must scroll that much further to show the last one. */
const HEADER_PX = 34;
const SCROLLED_PX = 8;
const NEAR_END_ROWS = 20;

type EventTableProps = {
  readonly list: EventList;
  readonly selected: number | null;
  readonly onSelect: (position: number) => void;
  readonly onScrolled: (scrolled: boolean) => void;
};

/** The list itself: only the rows in sight are in the page, pages are fetched as one comes near either end. */
export function EventTable({ list, selected, onSelect, onScrolled }: EventTableProps) {
  const t = useT();
  const scroller = useRef<HTMLElement>(null);
  const narrow = useNarrow();
  const { rows, hasOlder, hasNewer, loadOlder, loadNewer } = list;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? CARD_PX : ROW_PX),
    overscan: 12,
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
    if (element && added > 0 && (hadNewer || element.scrollTop > SCROLLED_PX)) element.scrollTop += added * (narrow ? CARD_PX : ROW_PX);
  }, [rows, hasNewer, narrow]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another size means that everything is measured again
  useEffect(() => virtual.measure(), [narrow]);

  useEffect(() => {
    if (hasOlder && last >= rows.length - NEAR_END_ROWS) loadOlder();
    if (hasNewer && first === 0) loadNewer();
  }, [first, last, rows.length, hasOlder, hasNewer, loadOlder, loadNewer]);

  const at = rows.findIndex((row) => row.position === selected);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new choice moves the list
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [selected, at >= 0]);

  if (list.error && rows.length === 0) return <ErrorState error={list.error} onRetry={list.reload} />;
  if (rows.length === 0) return <Skeleton lines={12} className="p-4" />;

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
      <div role="table" aria-label={t.events.table} aria-rowcount={-1} className="min-w-full">
        <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-surface max-sm:sr-only">
          <div role="row" className={`grid h-8 items-center gap-3 px-3 text-xs font-medium text-ink-3 ${COLUMNS}`}>
            <span role="columnheader">{t.events.position}</span>
            <span role="columnheader">{t.events.time}</span>
            <span role="columnheader">
              <span className="sr-only">{t.events.severity}</span>
            </span>
            <span role="columnheader">{t.events.type}</span>
            <span role="columnheader">{t.events.summary}</span>
            <span role="columnheader">{t.events.channel}</span>
            <span role="columnheader" className="max-2xl:sr-only">
              {t.events.agent}
            </span>
            <span role="columnheader" className="max-2xl:sr-only">
              {t.events.session}
            </span>
          </div>
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const Row = narrow ? EventCard : EventTableRow;
            return (
              <Row
                key={item.key}
                row={row}
                rowIndex={item.index + 2}
                offsetPx={item.start}
                selected={row.position === selected}
                fresh={row.position > list.freshAfter}
                onSelect={onSelect}
              />
            );
          })}
        </div>
      </div>
      {hasOlder ? null : <p className="py-3 text-center text-xs text-ink-3">{t.events.end}</p>}
    </section>
  );
}

const NARROW = '(max-width: 640px)';

function useNarrow(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const query = matchMedia(NARROW);
      query.addEventListener('change', onChange);
      return () => query.removeEventListener('change', onChange);
    },
    () => matchMedia(NARROW).matches,
    () => false,
  );
}
