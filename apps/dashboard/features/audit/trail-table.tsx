// biome-ignore-all lint/a11y/useFocusableInteractive: rows and headers of a table are read, not operated
// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one cannot be a <table>; the roles say what they are
'use client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { classNames } from '../../ui/class-names.ts';
import { useMatches } from '../../ui/in-browser.ts';
import { type OpenMenu, RowMenuButton } from '../events/row-menu-button.tsx';
import { actorId } from './audit-url.ts';
import { shortened } from './trail-facets.tsx';
import type { TrailRow } from './trail-view.tsx';

const NARROW = '(max-width: 640px)';

const ROW_PX = 36;
const CARD_PX = 76;
const HEADER_PX = 34;
const NEAR_END_ROWS = 20;
const COLUMNS =
  'grid-cols-[9.5rem_minmax(7rem,10rem)_minmax(0,3fr)_6rem_minmax(0,1.2fr)_5.5rem_minmax(0,1.6fr)_1.5rem] max-2xl:grid-cols-[9.5rem_minmax(7rem,9rem)_minmax(0,3fr)_5rem_5.5rem_minmax(0,1.4fr)_1.5rem]';

type Props = {
  readonly rows: readonly TrailRow[];
  readonly selected: number | null;
  readonly onSelect: (position: number) => void;
  readonly onMenu: (menu: OpenMenu) => void;
  readonly onEnd: () => void;
  readonly end: string;
};

/** The trail: only the rows in sight are in the page. */
export function TrailTable({ rows, selected, onSelect, onMenu, onEnd, end }: Props) {
  const t = useT();
  const scroller = useRef<HTMLElement>(null);
  const narrow = useMatches(NARROW, false);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? CARD_PX : ROW_PX),
    overscan: 12,
    scrollPaddingEnd: HEADER_PX,
    getItemKey: (index) => rows[index]?.position ?? index,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another size means that everything is measured again
  useEffect(() => virtual.measure(), [narrow]);
  useEffect(() => {
    if (last >= rows.length - NEAR_END_ROWS) onEnd();
  });
  const at = rows.findIndex((row) => row.position === selected);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new choice moves the list
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [selected, at >= 0]);

  const Row = narrow ? Card : Line;
  return (
    <section
      ref={scroller}
      aria-label={t.audit.table}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="h-[calc(100dvh-17rem)] min-h-80 overflow-auto rounded-lg border border-line bg-surface scroll-quiet print:hidden"
    >
      <div role="table" aria-label={t.audit.table} aria-rowcount={-1} className="min-w-full">
        <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-surface max-sm:sr-only">
          <div role="row" className={classNames('grid h-8 items-center gap-3 px-3 text-xs font-medium text-ink-3', COLUMNS)}>
            <span role="columnheader">{t.audit.when}</span>
            <span role="columnheader">{t.audit.who}</span>
            <span role="columnheader">{t.audit.what}</span>
            <span role="columnheader">{t.audit.where}</span>
            <span role="columnheader" className="max-2xl:sr-only">
              {t.audit.target}
            </span>
            <span role="columnheader">{t.audit.outcome}</span>
            <span role="columnheader">{t.audit.reason}</span>
            <span role="columnheader" className="sr-only">
              {t.events.actions}
            </span>
          </div>
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            return row ? (
              <Row
                key={item.key}
                row={row}
                rowIndex={item.index + 2}
                offsetPx={item.start}
                selected={row.position === selected}
                onSelect={onSelect}
                onMenu={onMenu}
              />
            ) : null;
          })}
        </div>
      </div>
      <p className="py-3 text-center text-xs text-ink-3">{end}</p>
    </section>
  );
}

type RowProps = {
  readonly row: TrailRow;
  readonly rowIndex: number;
  readonly offsetPx: number;
  readonly selected: boolean;
  readonly onSelect: (position: number) => void;
  readonly onMenu: (menu: OpenMenu) => void;
};

const Line = memo(function Line({ row, rowIndex, offsetPx, selected, onSelect, onMenu }: RowProps) {
  const format = useFormat();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in the row does the same by keyboard
    <div
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={selected}
      data-position={row.position}
      onClick={() => onSelect(row.position)}
      style={{ transform: `translateY(${offsetPx}px)` }}
      className={classNames(
        'absolute inset-x-0 top-0 grid h-9 cursor-pointer items-center gap-3 border-b border-line px-3 text-xs hover:bg-sunken',
        COLUMNS,
        selected && 'bg-accent-soft hover:bg-accent-soft',
      )}
    >
      <span role="cell" className="text-ink-2 figures">
        {format.second(row.time)}
      </span>
      <span role="cell" className="truncate font-mono text-ink-2" title={row.who} data-field="actor" data-value={actorId(row.who)}>
        {shortened(row.who)}
      </span>
      <span role="cell" className="min-w-0" data-field="type" data-value={row.type}>
        <OpenButton row={row} onSelect={onSelect} />
      </span>
      <span
        role="cell"
        className="truncate text-ink-2"
        title={row.source}
        {...(row.source !== undefined && { 'data-field': 'ip', 'data-value': row.source })}
      >
        {row.where}
      </span>
      <span role="cell" className="truncate font-mono text-ink-3 max-2xl:hidden" title={row.target}>
        {shortened(row.target ?? '')}
      </span>
      <span role="cell">
        <Outcome outcome={row.outcome} />
      </span>
      <span role="cell" className="truncate text-ink-2" title={row.reason}>
        {row.reason}
      </span>
      <span role="cell" className="flex">
        <RowMenuButton position={row.position} onMenu={onMenu} />
      </span>
    </div>
  );
});

const Card = memo(function Card({ row, rowIndex, offsetPx, selected, onSelect, onMenu }: RowProps) {
  const format = useFormat();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in the row does the same by keyboard
    <div
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={selected}
      data-position={row.position}
      onClick={() => onSelect(row.position)}
      style={{ transform: `translateY(${offsetPx}px)` }}
      className={classNames(
        'absolute inset-x-0 top-0 flex h-[76px] flex-col justify-center gap-0.5 border-b border-line px-3 text-xs',
        selected && 'bg-accent-soft',
      )}
    >
      <span role="cell" className="flex items-center gap-2 text-ink-3 figures">
        {format.second(row.time)}
        <span className="ml-auto">
          <Outcome outcome={row.outcome} />
        </span>
      </span>
      <span role="cell" className="min-w-0">
        <OpenButton row={row} onSelect={onSelect} />
      </span>
      <span role="cell" className="flex items-center font-mono text-ink-3">
        <span className="min-w-0 flex-1 truncate">{shortened(row.who)}</span>
        <RowMenuButton position={row.position} onMenu={onMenu} />
      </span>
    </div>
  );
});

function OpenButton({ row, onSelect }: { readonly row: TrailRow; readonly onSelect: (position: number) => void }) {
  const t = useT();
  const format = useFormat();
  return (
    <button
      type="button"
      aria-label={t.events.openEvent(format.number(row.position), row.what)}
      title={row.type}
      onClick={(event) => {
        event.stopPropagation();
        onSelect(row.position);
      }}
      className="block min-h-6 max-w-full truncate rounded text-left text-ink hover:text-accent"
    >
      {row.what}
    </button>
  );
}

function Outcome({ outcome }: { readonly outcome: TrailRow['outcome'] }) {
  const t = useT();
  return <Badge tone={outcome === 'failure' ? 'bad' : 'ok'}>{t.audit.outcomes[outcome]}</Badge>;
}
