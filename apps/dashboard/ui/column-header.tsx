// biome-ignore-all lint/a11y/useFocusableInteractive: headers of a table are read; the handles in them are operated
// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one cannot be a <table>; the roles say what they are
'use client';
import { type KeyboardEvent, memo, type PointerEvent, type ReactNode, useState } from 'react';
import { useT } from '../i18n/index.tsx';
import { type Column, MAX_WIDTH_PX, MIN_WIDTH_PX, withWidth } from './columns.ts';

const STEP_PX = 16;

type ColumnHeaderProps<Name extends string> = {
  readonly columns: readonly Column<Name>[];
  readonly titles: Readonly<Record<Name, string>>;
  readonly pins: ReadonlyMap<Name, number>;
  readonly grid: string;
  /** The columns of a sign only, whose names are heard and not seen. */
  readonly signs?: readonly Name[];
  /** The name of the column before the others. */
  readonly before?: string;
  /** The name of the column of the rows' menus. */
  readonly after?: string;
  readonly onColumns: (columns: readonly Column<Name>[]) => void;
};

/** The names of the columns, with handles that make them wider and narrower by pointer and by arrow keys. */
export const ColumnHeader = memo(function ColumnHeader<Name extends string>(props: ColumnHeaderProps<Name>) {
  const { columns, titles, pins, grid, signs = [], before, after, onColumns } = props;
  return (
    <div role="rowgroup" className="sticky top-0 z-10 w-full min-w-max border-b border-line bg-surface max-sm:sr-only">
      <div role="row" style={{ gridTemplateColumns: grid }} className="grid h-8 items-center gap-3 px-3 text-xs font-medium text-ink-3">
        {before === undefined ? null : (
          <span role="columnheader">
            <span className="sr-only">{before}</span>
          </span>
        )}
        {columns.map((column) => {
          const { name } = column;
          const left = pins.get(name);
          return (
            <span
              key={name}
              role="columnheader"
              style={left === undefined ? undefined : { position: 'sticky', left, zIndex: 1 }}
              className="relative flex h-8 min-w-0 items-center bg-surface"
            >
              <span className={signs.includes(name) ? 'sr-only' : 'truncate'}>{titles[name]}</span>
              {column.widthPx === undefined || signs.includes(name) ? null : (
                <Handle widthPx={column.widthPx} title={titles[name]} onWidth={(widthPx) => onColumns(withWidth(columns, name, widthPx))} />
              )}
            </span>
          );
        })}
        {after === undefined ? null : (
          <span role="columnheader" className="sr-only">
            {after}
          </span>
        )}
      </div>
    </div>
  );
}) as <Name extends string>(props: ColumnHeaderProps<Name>) => ReactNode;

type HandleProps = { readonly widthPx: number; readonly title: string; readonly onWidth: (widthPx: number) => void };

function Handle({ widthPx, title, onWidth }: HandleProps) {
  const t = useT();
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
      aria-label={t.columns.width(title)}
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
