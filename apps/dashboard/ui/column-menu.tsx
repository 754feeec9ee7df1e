'use client';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import ArrowRight from 'lucide-react/icons/arrow-right';
import Columns3 from 'lucide-react/icons/columns-3';
import Pin from 'lucide-react/icons/pin';
import { memo, type ReactNode, useId } from 'react';
import { useT } from '../i18n/index.tsx';
import { buttonLook, IconButton } from './button.tsx';
import { type Column, type ColumnSet, columnNames, moved, pinToggled, toggled, usualColumns } from './columns.ts';

type ColumnMenuProps<Name extends string> = {
  readonly set: ColumnSet<Name>;
  readonly titles: Readonly<Record<Name, string>>;
  readonly columns: readonly Column<Name>[];
  readonly onColumns: (columns: readonly Column<Name>[]) => void;
  readonly wrapTitle: string;
  readonly wrap: boolean;
  readonly onWrap: () => void;
};

/** Which columns there are, in which order, which stay in sight, and whether long texts are shown whole. */
export const ColumnMenu = memo(function ColumnMenu<Name extends string>(props: ColumnMenuProps<Name>) {
  const { set, titles, columns, onColumns, wrapTitle, wrap, onWrap } = props;
  const t = useT();
  const id = useId();
  const hidden = columnNames(set).filter((name) => !columns.some((column) => column.name === name));
  return (
    <>
      <button type="button" popoverTarget={id} style={{ anchorName: '--columns' }} className={buttonLook('quiet', 'max-sm:hidden')}>
        <Columns3 aria-hidden className="size-4" />
        {t.columns.title}
      </button>
      <section
        id={id}
        popover="auto"
        aria-label={t.columns.title}
        className="m-0 w-80 rounded-lg border border-line bg-surface p-2 text-ink shadow-[var(--shadow)]"
        style={{ positionAnchor: '--columns', top: 'anchor(bottom)', right: 'anchor(right)', left: 'auto' }}
      >
        <ul>
          {columns.map(({ name, pinned }) => {
            const title = titles[name];
            return (
              <li key={name} className="flex items-center gap-1">
                <Choice title={title} on onChange={() => onColumns(toggled(set, columns, name))} />
                <IconButton label={t.columns.moveLeft(title)} className="size-7" onClick={() => onColumns(moved(columns, name, -1))}>
                  <ArrowLeft aria-hidden className="size-3.5" />
                </IconButton>
                <IconButton label={t.columns.moveRight(title)} className="size-7" onClick={() => onColumns(moved(columns, name, 1))}>
                  <ArrowRight aria-hidden className="size-3.5" />
                </IconButton>
                <IconButton
                  label={t.columns.pin(title)}
                  aria-pressed={pinned}
                  className={`size-7 ${pinned ? 'bg-accent-soft text-accent' : ''}`}
                  onClick={() => onColumns(pinToggled(columns, name))}
                >
                  <Pin aria-hidden className="size-3.5" />
                </IconButton>
              </li>
            );
          })}
          {hidden.map((name) => (
            <li key={name}>
              <Choice title={titles[name]} on={false} onChange={() => onColumns(toggled(set, columns, name))} />
            </li>
          ))}
        </ul>
        <div className="mt-2 flex items-center border-t border-line pt-2">
          <Choice title={wrapTitle} on={wrap} onChange={onWrap} />
          <button type="button" onClick={() => onColumns(usualColumns(set))} className={buttonLook('quiet', 'h-7')}>
            {t.columns.reset}
          </button>
        </div>
      </section>
    </>
  );
}) as <Name extends string>(props: ColumnMenuProps<Name>) => ReactNode;

function Choice({ title, on, onChange }: { readonly title: string; readonly on: boolean; readonly onChange: () => void }) {
  return (
    <label className="flex min-h-7 min-w-0 flex-1 items-center gap-2 rounded px-1 text-sm hover:bg-sunken">
      <input type="checkbox" checked={on} onChange={onChange} className="size-4 accent-(--accent)" />
      <span className="truncate">{title}</span>
    </label>
  );
}
