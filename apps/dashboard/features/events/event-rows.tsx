'use client';
import type { LiveRow } from '../../data/feed.ts';
import { useFormat } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { SeverityMark } from '../../ui/severity.tsx';

type EventRowsProps = {
  readonly rows: readonly LiveRow[];
  readonly current: number;
  readonly depthOf?: (row: LiveRow) => number;
  readonly onSelect: (position: number) => void;
};

const INDENT_PX = 16;

/** Events as short lines, the oldest first; `depthOf` sets them under each other. */
export function EventRows({ rows, current, depthOf, onSelect }: EventRowsProps) {
  const format = useFormat();
  return (
    <ol>
      {rows.map((row) => (
        <li key={row.position} style={depthOf && { paddingLeft: depthOf(row) * INDENT_PX }}>
          <button
            type="button"
            aria-current={row.position === current}
            title={format.clock(row.time)}
            onClick={() => onSelect(row.position)}
            className={classNames(
              'grid min-h-7 w-full grid-cols-[1rem_9.5rem_minmax(0,1fr)] items-center gap-2 rounded px-1 text-left text-xs hover:bg-sunken',
              row.position === current && 'bg-accent-soft',
            )}
          >
            <SeverityMark severity={row.severity} short />
            <span className="truncate font-mono">{row.type}</span>
            <span className="truncate text-ink-2">{row.summary}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
