// biome-ignore-all lint/a11y/useFocusableInteractive: headers of a table are read; the handles in them are operated
// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one cannot be a <table>; the roles say what they are
'use client';
import { type KeyboardEvent, memo, type PointerEvent, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { type Column, type ColumnName, MAX_WIDTH_PX, MIN_WIDTH_PX, withWidth } from './columns.ts';

const STEP_PX = 16;

type TableHeaderProps = {
  readonly columns: readonly Column[];
  readonly pins: ReadonlyMap<ColumnName, number>;
  readonly grid: string;
  readonly onColumns: (columns: readonly Column[]) => void;
};

/** The names of the columns, with handles that make them wider and narrower by pointer and by arrow keys. */
export const TableHeader = memo(function TableHeader({ columns, pins, grid, onColumns }: TableHeaderProps) {
  const t = useT();
  return (
    <div role="rowgroup" className="sticky top-0 z-10 w-full min-w-max border-b border-line bg-surface max-sm:sr-only">
      <div role="row" style={{ gridTemplateColumns: grid }} className="grid h-8 items-center gap-3 px-3 text-xs font-medium text-ink-3">
        {columns.map((column) => {
          const { name } = column;
          const left = pins.get(name);
          return (
            <span
              key={name}
              role="columnheader"
              style={left === undefined ? undefined : { position: 'sticky', left, zIndex: 1 }}
              className={classNames('relative flex h-8 min-w-0 items-center bg-surface')}
            >
              <span className={name === 'severity' ? 'sr-only' : 'truncate'}>{t.events.columnNames[name]}</span>
              {column.widthPx === undefined || name === 'severity' ? null : (
                <Handle column={column} onWidth={(widthPx) => onColumns(withWidth(columns, name, widthPx))} />
              )}
            </span>
          );
        })}
        <span role="columnheader" className="sr-only">
          {t.events.actions}
        </span>
      </div>
    </div>
  );
});

function Handle({ column, onWidth }: { readonly column: Column; readonly onWidth: (widthPx: number) => void }) {
  const t = useT();
  const widthPx = column.widthPx ?? 0;
  const [from, setFrom] = useState<{ readonly x: number; readonly widthPx: number }>();
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? STEP_PX : event.key === 'ArrowLeft' ? -STEP_PX : 0;
    if (step === 0) return;
    event.preventDefault();
    onWidth(widthPx + step);
  };
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setFrom({ x: event.clientX, widthPx });
  };
  return (
    <span
      role="slider"
      tabIndex={0}
      aria-orientation="horizontal"
      aria-label={t.events.columnWidth(t.events.columnNames[column.name])}
      aria-valuenow={widthPx}
      aria-valuemin={MIN_WIDTH_PX}
      aria-valuemax={MAX_WIDTH_PX}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => from && onWidth(from.widthPx + event.clientX - from.x)}
      onPointerUp={() => setFrom(undefined)}
      className="absolute top-0 -right-4.5 z-2 flex h-8 w-6 cursor-col-resize touch-none justify-center before:my-2 before:w-px before:bg-line hover:before:bg-accent"
    />
  );
}
