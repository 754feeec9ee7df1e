// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one cannot be a <table>; the roles say what they are
'use client';
import { memo } from 'react';
import type { LiveRow } from '../../data/feed.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { SeverityMark } from '../../ui/severity.tsx';

export const COLUMNS =
  'grid-cols-[4.5rem_6.5rem_1rem_11rem_minmax(0,1fr)_5rem] 2xl:grid-cols-[4.5rem_6.5rem_1rem_12rem_minmax(0,1fr)_5rem_5rem_7rem]';

type RowProps = {
  readonly row: LiveRow;
  readonly rowIndex: number;
  readonly offsetPx: number;
  readonly selected: boolean;
  readonly fresh: boolean;
  readonly onSelect: (position: number) => void;
};

/** One event as a line of the table. */
export const EventTableRow = memo(function EventTableRow({ row, rowIndex, offsetPx, selected, fresh, onSelect }: RowProps) {
  const format = useFormat();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in the row does the same by keyboard
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={selected}
      data-position={row.position}
      onClick={() => onSelect(row.position)}
      style={{ transform: `translateY(${offsetPx}px)` }}
      className={classNames(
        'absolute inset-x-0 top-0 grid h-8 cursor-pointer items-center gap-3 border-b border-line px-3 text-xs hover:bg-sunken',
        COLUMNS,
        selected && 'bg-accent-soft hover:bg-accent-soft',
        fresh && 'animate-arrive',
      )}
    >
      <span role="cell" className="text-ink-3 figures">
        {format.number(row.position)}
      </span>
      <span role="cell" className="text-ink-2 figures">
        {format.clock(row.time)}
      </span>
      <span role="cell">
        <SeverityMark severity={row.severity} short />
      </span>
      <span role="cell" className="min-w-0">
        <OpenButton row={row} onSelect={onSelect} />
      </span>
      <span role="cell" className="truncate text-ink-2">
        {row.summary}
      </span>
      <span role="cell" className="truncate text-ink-2">
        {row.channel}
      </span>
      <span role="cell" className="truncate text-ink-2 max-2xl:hidden">
        {row.agentId}
      </span>
      <span role="cell" className="truncate font-mono text-ink-3 max-2xl:hidden">
        {shortId(row.sessionId)}
      </span>
    </div>
  );
});

/** One event as two lines, for a phone. */
export const EventCard = memo(function EventCard({ row, rowIndex, offsetPx, selected, fresh, onSelect }: RowProps) {
  const format = useFormat();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in the row does the same by keyboard
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={selected}
      data-position={row.position}
      onClick={() => onSelect(row.position)}
      style={{ transform: `translateY(${offsetPx}px)` }}
      className={classNames(
        'absolute inset-x-0 top-0 flex h-[62px] flex-col justify-center gap-0.5 border-b border-line px-3 text-xs',
        selected && 'bg-accent-soft',
        fresh && 'animate-arrive',
      )}
    >
      <span role="cell" className="flex min-w-0 items-center gap-2">
        <SeverityMark severity={row.severity} short />
        <OpenButton row={row} onSelect={onSelect} />
        <span className="ml-auto shrink-0 text-ink-3 figures">{format.clock(row.time)}</span>
      </span>
      <span role="cell" className="truncate text-ink-2">
        {row.summary}
      </span>
    </div>
  );
});

function OpenButton({ row, onSelect }: { readonly row: LiveRow; readonly onSelect: (position: number) => void }) {
  const t = useT();
  const format = useFormat();
  return (
    <button
      type="button"
      aria-label={t.events.openEvent(format.number(row.position), row.type)}
      onClick={(event) => {
        event.stopPropagation();
        onSelect(row.position);
      }}
      className="block max-w-full min-h-6 truncate rounded text-left font-mono text-ink hover:text-accent"
    >
      {row.type}
    </button>
  );
}

/** The telling end of an id: its beginning is the same for all that were made at the same time. */
function shortId(id: string | undefined): string {
  return id === undefined ? '' : `…${id.slice(-8)}`;
}
