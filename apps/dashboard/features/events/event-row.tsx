// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one cannot be a <table>; the roles say what they are
'use client';
import { memo, type ReactNode } from 'react';
import type { LiveRow } from '../../data/feed.ts';
import type { Format } from '../../i18n/format.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import type { Column } from '../../ui/columns.ts';
import { SeverityMark } from '../../ui/severity.tsx';
import { Time } from '../../ui/time.tsx';
import type { ColumnName } from './columns.ts';
import type { Gap } from './event-window.ts';
import { type OpenMenu, RowMenuButton, type RowValue } from './row-menu-button.tsx';

type RowProps = {
  readonly row: LiveRow;
  readonly rowIndex: number;
  readonly offsetPx: number;
  readonly selected: boolean;
  readonly marked: boolean;
  readonly fresh: boolean;
  readonly onSelect: (
    position: number,
    event: { readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean },
  ) => void;
  readonly onMenu: (menu: OpenMenu) => void;
};
type TableRowProps = RowProps & {
  readonly columns: readonly Column<ColumnName>[];
  readonly pins: ReadonlyMap<ColumnName, number>;
  readonly grid: string;
  readonly wrap: boolean;
  readonly measure: (element: HTMLElement | null) => void;
  readonly index: number;
  /** Of the event below it, where there is one. */
  readonly earlierTime: number | undefined;
};

/** The field of the query language that a column shows. */
export const COLUMN_FIELDS: Readonly<Partial<Record<ColumnName, string>>> = {
  severity: 'sev',
  type: 'type',
  channel: 'channel',
  agent: 'agent',
  session: 'session',
  actor: 'actor',
  message: 'corr',
};

/** One event as a line of the table. */
export const EventTableRow = memo(function EventTableRow(props: TableRowProps) {
  const { row, rowIndex, offsetPx, selected, marked, fresh, onSelect, onMenu, columns, pins, grid, wrap, measure, index, earlierTime } =
    props;
  const format = useFormat();
  const background = selected || marked ? 'bg-accent-soft' : 'bg-surface';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in the row does the same by keyboard
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      ref={wrap ? measure : undefined}
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={selected || marked}
      data-position={row.position}
      data-index={index}
      onClick={(event) => onSelect(row.position, event)}
      style={{ transform: `translateY(${offsetPx}px)`, gridTemplateColumns: grid }}
      className={classNames(
        'group absolute top-0 left-0 grid min-h-8 w-full cursor-pointer items-center gap-3 border-b border-line px-3 text-xs hover:bg-sunken',
        !wrap && 'h-8',
        background,
        fresh && 'animate-arrive',
      )}
    >
      {columns.map(({ name }) => {
        const left = pins.get(name);
        const value = shownValue(name, row);
        return (
          <span
            key={name}
            role="cell"
            {...(value !== undefined && COLUMN_FIELDS[name] ? { 'data-field': COLUMN_FIELDS[name], 'data-value': value } : {})}
            style={left === undefined ? undefined : { position: 'sticky', left, zIndex: 1 }}
            className={classNames(
              'min-w-0',
              LOOKS[name],
              wrap && name === 'summary' ? 'py-1 break-words whitespace-normal' : 'truncate',
              left !== undefined && `${background} group-hover:bg-sunken`,
            )}
          >
            {name === 'type' ? <OpenButton row={row} onSelect={onSelect} /> : textOf(name, row, format, earlierTime)}
          </span>
        );
      })}
      <span role="cell" className={classNames('sticky right-3 col-[-2/-1] flex', background, 'group-hover:bg-sunken')}>
        <RowMenuButton position={row.position} onMenu={onMenu} />
      </span>
    </div>
  );
});

const LOOKS: Readonly<Record<ColumnName, string>> = {
  seq: 'text-ink-3 figures',
  time: 'text-ink-2 figures',
  date: 'text-ink-2 figures',
  ago: 'text-ink-2 figures',
  delta: 'text-right text-ink-3 figures',
  severity: '',
  type: '',
  summary: 'text-ink-2',
  duration: 'text-right text-ink-2 figures',
  channel: 'text-ink-2',
  agent: 'text-ink-2',
  actor: 'text-ink-2',
  session: 'font-mono text-ink-3',
  message: 'font-mono text-ink-3',
};

function shownValue(name: ColumnName, row: LiveRow): string | undefined {
  if (name === 'severity') return row.severity;
  if (name === 'type') return row.type;
  if (name === 'channel') return row.channel;
  if (name === 'agent') return row.agentId;
  if (name === 'session') return row.sessionId;
  if (name === 'message') return row.correlationId;
  return name === 'actor' ? row.actor : undefined;
}

/** What a list can be narrowed to by this row. */
export function valuesOfRow({ type, severity, channel, agentId, sessionId, actor, correlationId }: LiveRow): readonly RowValue[] {
  const found = { type, sev: severity, channel, agent: agentId, session: sessionId, actor, message: correlationId };
  return Object.entries(found).flatMap(([field, value]) => (value === undefined ? [] : [{ field: field as RowValue['field'], value }]));
}

function textOf(name: ColumnName, row: LiveRow, format: Format, earlierTime: number | undefined): ReactNode {
  if (name === 'seq') return format.number(row.position);
  if (name === 'time') return format.clock(row.time);
  if (name === 'date') return format.second(row.time);
  if (name === 'ago') return <Time value={row.time} />;
  if (name === 'delta') return earlierTime === undefined ? '' : `+${format.duration(row.time - earlierTime)}`;
  if (name === 'duration') return row.durationMs === undefined ? '' : format.duration(row.durationMs);
  if (name === 'severity') return <SeverityMark severity={row.severity} short />;
  if (name === 'summary') return row.summary;
  const value = shownValue(name, row);
  return name === 'session' || name === 'message' ? shortId(value) : value;
}

/** One event as two lines, for a phone. */
export const EventCard = memo(function EventCard({ row, rowIndex, offsetPx, selected, marked, fresh, onSelect, onMenu }: RowProps) {
  const format = useFormat();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button in the row does the same by keyboard
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={selected || marked}
      data-position={row.position}
      onClick={(event) => onSelect(row.position, event)}
      style={{ transform: `translateY(${offsetPx}px)` }}
      className={classNames(
        'absolute inset-x-0 top-0 flex h-[62px] flex-col justify-center gap-0.5 border-b border-line px-3 text-xs',
        (selected || marked) && 'bg-accent-soft',
        fresh && 'animate-arrive',
      )}
    >
      <span role="cell" className="flex min-w-0 items-center gap-2">
        <SeverityMark severity={row.severity} short />
        <OpenButton row={row} onSelect={onSelect} />
        <span className="ml-auto shrink-0 text-ink-3 figures">{format.clock(row.time)}</span>
      </span>
      <span role="cell" className="flex items-center gap-2 text-ink-2">
        <span className="min-w-0 flex-1 truncate">{row.summary}</span>
        <RowMenuButton position={row.position} onMenu={onMenu} />
      </span>
    </div>
  );
});

type GapRowProps = {
  readonly gap: Gap;
  readonly rowIndex: number;
  readonly offsetPx: number;
  readonly heightPx: number;
  readonly onFill: (gap: Gap) => void;
};

/** Events that are not in memory, between others that are. */
export function GapRow({ gap, rowIndex, offsetPx, heightPx, onFill }: GapRowProps) {
  const t = useT();
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: a row of a table is read, its button is operated
    <div
      role="row"
      aria-rowindex={rowIndex}
      style={{ transform: `translateY(${offsetPx}px)`, height: heightPx }}
      className="absolute inset-x-0 top-0 flex items-center justify-center border-b border-line bg-warn-soft text-xs text-warn"
    >
      <span role="cell">
        — {t.events.gap(gap.count)}{' '}
        <button type="button" onClick={() => onFill(gap)} className="min-h-6 rounded px-1 font-medium underline">
          {t.events.gapLoad}
        </button>{' '}
        —
      </span>
    </div>
  );
}

function OpenButton({ row, onSelect }: Pick<RowProps, 'row' | 'onSelect'>) {
  const t = useT();
  const format = useFormat();
  return (
    <button
      type="button"
      aria-label={t.events.openEvent(format.number(row.position), row.type)}
      onClick={(event) => {
        event.stopPropagation();
        onSelect(row.position, event);
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
