'use client';
import ArrowDown from 'lucide-react/icons/arrow-down';
import ArrowUp from 'lucide-react/icons/arrow-up';
import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import { keysMeant } from '../features/frame/key-choice.ts';
import { keysOf } from '../features/frame/keys.ts';
import { useT } from '../i18n/index.tsx';
import { classNames } from './class-names.ts';
import { ScrollArea } from './scroll-area.tsx';

export type Sort = { readonly column: string; readonly descending: boolean };

export type Column<Row> = {
  readonly id: string;
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: 'right';
  /** The narrowest window that shows the column; all of them when left out. */
  readonly from?: keyof typeof FROM;
  readonly sortable?: boolean;
  /** As CSS width, such as `8rem`. */
  readonly width?: string;
};

type DataTableProps<Row> = {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Enter, `o` or a click on a row; rows can then be walked with the arrow keys or `j` and `k`, or the keys chosen instead. */
  readonly onOpen?: (row: Row) => void;
  readonly selected?: string | undefined;
  readonly sort?: Sort | undefined;
  readonly onSort?: (sort: Sort) => void;
  readonly empty?: ReactNode;
};

const FROM = { sm: 'max-sm:hidden', md: 'max-md:hidden', lg: 'max-lg:hidden', xl: 'max-xl:hidden' } as const;
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/** A table for what fits on one page; long lists that grow are virtual. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, keyOf, onOpen, selected, sort, onSort, empty } = props;
  const t = useT();
  const body = useRef<HTMLTableSectionElement>(null);
  if (rows.length === 0) return empty ?? <p className="px-4 py-8 text-center text-sm text-ink-3">{t.ui.noRows}</p>;

  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>, row: Row) => {
    if (event.target !== event.currentTarget || event.altKey) return;
    const meant = keysMeant(keysOf(event)) ?? '';
    const step = STEPS[meant];
    if (step !== undefined) {
      const all = [...(body.current?.rows ?? [])];
      all[all.indexOf(event.currentTarget) + step]?.focus();
    } else if (meant === 'Enter' || meant === 'o') onOpen?.(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <ScrollArea label={label} className="overflow-x-auto">
      <table aria-label={label} className="w-full border-collapse text-left text-sm">
        <thead>
          <tr className="border-b border-line text-xs text-ink-3">
            {columns.map((column) => (
              <Heading key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row) => {
            const key = keyOf(row);
            return (
              <tr
                key={key}
                data-row={key}
                aria-selected={onOpen ? key === selected : undefined}
                tabIndex={onOpen ? 0 : undefined}
                onClick={onOpen ? (event) => isPlain(event.target) && onOpen(row) : undefined}
                onKeyDown={onOpen ? (event) => onKeyDown(event, row) : undefined}
                className={classNames(
                  'border-b border-line last:border-b-0',
                  onOpen !== undefined && 'cursor-pointer hover:bg-sunken focus-visible:outline-offset-[-2px]',
                  key === selected && 'bg-accent-soft',
                )}
              >
                {columns.map((column) => (
                  <td key={column.id} className={classNames('px-3 py-2 align-middle first:pl-4 last:pr-4', cellLook(column))}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollArea>
  );
}

type HeadingProps<Row> = {
  readonly column: Column<Row>;
  readonly sort: Sort | undefined;
  readonly onSort: ((sort: Sort) => void) | undefined;
};

function Heading<Row>({ column, sort, onSort }: HeadingProps<Row>) {
  const t = useT();
  const sorted = sort?.column === column.id ? sort : undefined;
  const look = classNames('h-9 px-3 font-medium whitespace-nowrap first:pl-4 last:pr-4', cellLook(column));
  const style = column.width === undefined ? undefined : { width: column.width };
  if (!column.sortable || !onSort) {
    return (
      <th scope="col" className={look} style={style}>
        {column.title}
      </th>
    );
  }
  const descending = sorted ? !sorted.descending : true;
  const Arrow = sorted?.descending === false ? ArrowUp : ArrowDown;
  return (
    <th scope="col" aria-sort={sorted ? (sorted.descending ? 'descending' : 'ascending') : 'none'} className={look} style={style}>
      <button
        type="button"
        title={t.ui.sortedBy(column.title, descending)}
        onClick={() => onSort({ column: column.id, descending })}
        className="-mx-1 inline-flex h-6 items-center gap-1 rounded px-1 hover:bg-sunken hover:text-ink"
      >
        {column.title}
        <Arrow aria-hidden className={classNames('size-3', !sorted && 'invisible')} />
      </button>
    </th>
  );
}

function cellLook<Row>({ align, from }: Column<Row>): string {
  return classNames(align === 'right' && 'text-right figures', from && FROM[from]);
}

/** A click on a link, a button or a field in a row means that, not the row. */
function isPlain(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a, button, input, select, textarea, label') === null;
}
