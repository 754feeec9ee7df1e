'use client';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import ArrowRight from 'lucide-react/icons/arrow-right';
import Columns3 from 'lucide-react/icons/columns-3';
import Pin from 'lucide-react/icons/pin';
import { memo, useId } from 'react';
import { useT } from '../../i18n/index.tsx';
import { buttonLook, IconButton } from '../../ui/button.tsx';
import { COLUMN_NAMES, type Column, columnsText, DEFAULT_COLUMNS, moved, pinToggled, toggled } from './columns.ts';
import type { EventQueryState } from './use-event-query.ts';

/** Which columns there are, in which order, which stay in sight, and whether long summaries are shown whole. */
export const ColumnMenu = memo(function ColumnMenu({
  state,
  columns,
}: {
  readonly state: EventQueryState;
  readonly columns: readonly Column[];
}) {
  const t = useT();
  const id = useId();
  const { query, change } = state;
  const set = (next: readonly Column[]) => change({ columns: columnsText(next) }, true);
  const hidden = COLUMN_NAMES.filter((name) => !columns.some((column) => column.name === name));
  return (
    <>
      <button type="button" popoverTarget={id} style={{ anchorName: '--columns' }} className={buttonLook('quiet', 'max-sm:hidden')}>
        <Columns3 aria-hidden className="size-4" />
        {t.events.columns}
      </button>
      <section
        id={id}
        popover="auto"
        aria-label={t.events.columns}
        className="m-0 w-80 rounded-lg border border-line bg-surface p-2 text-ink shadow-[var(--shadow)]"
        style={{ positionAnchor: '--columns', top: 'anchor(bottom)', right: 'anchor(right)', left: 'auto' }}
      >
        <ul>
          {columns.map(({ name, pinned }) => {
            const title = t.events.columnNames[name];
            return (
              <li key={name} className="flex items-center gap-1">
                <Choice title={title} on onChange={() => set(toggled(columns, name))} />
                <IconButton label={t.events.moveLeft(title)} className="size-7" onClick={() => set(moved(columns, name, -1))}>
                  <ArrowLeft aria-hidden className="size-3.5" />
                </IconButton>
                <IconButton label={t.events.moveRight(title)} className="size-7" onClick={() => set(moved(columns, name, 1))}>
                  <ArrowRight aria-hidden className="size-3.5" />
                </IconButton>
                <IconButton
                  label={t.events.pin(title)}
                  aria-pressed={pinned}
                  className={`size-7 ${pinned ? 'bg-accent-soft text-accent' : ''}`}
                  onClick={() => set(pinToggled(columns, name))}
                >
                  <Pin aria-hidden className="size-3.5" />
                </IconButton>
              </li>
            );
          })}
          {hidden.map((name) => (
            <li key={name}>
              <Choice title={t.events.columnNames[name]} on={false} onChange={() => set(toggled(columns, name))} />
            </li>
          ))}
        </ul>
        <div className="mt-2 flex items-center border-t border-line pt-2">
          <Choice title={t.events.wrap} on={query.wrap} onChange={() => change({ wrap: !query.wrap }, true)} />
          <button type="button" onClick={() => set(DEFAULT_COLUMNS)} className={buttonLook('quiet', 'h-7')}>
            {t.events.resetColumns}
          </button>
        </div>
      </section>
    </>
  );
});

function Choice({ title, on, onChange }: { readonly title: string; readonly on: boolean; readonly onChange: () => void }) {
  return (
    <label className="flex min-h-7 min-w-0 flex-1 items-center gap-2 rounded px-1 text-sm hover:bg-sunken">
      <input type="checkbox" checked={on} onChange={onChange} className="size-4 accent-(--accent)" />
      <span className="truncate">{title}</span>
    </label>
  );
}
