/** The columns of a long table: which, in which order, how wide, and which stay in sight; one text in the address. */

/** `widthPx` is missing of the column that takes what is left. */
export type Column<Name extends string> = { readonly name: Name; readonly widthPx?: number; readonly pinned: boolean };

/** The columns that a table can have, with their usual widths, and those that everybody has who chose none. */
export type ColumnSet<Name extends string> = {
  readonly widths: Readonly<Record<Name, number | undefined>>;
  readonly usual: readonly Name[];
};

export const MIN_WIDTH_PX = 24;
export const MAX_WIDTH_PX = 900;
/** What the column that takes the rest has at least. */
export const MIN_REST_PX = 200;

export function columnNames<Name extends string>({ widths }: ColumnSet<Name>): readonly Name[] {
  return Object.keys(widths) as Name[];
}

export function usualColumns<Name extends string>(set: ColumnSet<Name>): readonly Column<Name>[] {
  return set.usual.map((name) => column(set, name));
}

/** Reads what `columnsText` wrote: a name, `~` and its width, `!` where it stays in sight. What makes no sense is left out. */
export function parseColumns<Name extends string>(set: ColumnSet<Name>, words: readonly string[] | null): readonly Column<Name>[] {
  const seen = new Set<string>();
  const columns = (words ?? []).flatMap((word) => {
    const [, found, width, pin] = /^([a-z]+)(?:~(\d{2,3}))?(!?)$/.exec(word) ?? [];
    const name = columnNames(set).find((each) => each === found);
    if (!name || seen.has(name)) return [];
    seen.add(name);
    return [{ ...column(set, name), ...(width && { widthPx: clampWidth(Number(width)) }), pinned: pin === '!' }];
  });
  return columns.length === 0 ? usualColumns(set) : ordered(columns);
}

/** Nothing where the columns are those that everybody has. */
export function columnsText<Name extends string>(set: ColumnSet<Name>, columns: readonly Column<Name>[]): string[] | null {
  const words = (some: readonly Column<Name>[]) =>
    some.map(
      ({ name, widthPx, pinned }) =>
        `${name}${widthPx === set.widths[name] || widthPx === undefined ? '' : `~${widthPx}`}${pinned ? '!' : ''}`,
    );
  const text = words(columns);
  return text.join() === words(usualColumns(set)).join() ? null : text;
}

export function withWidth<Name extends string>(columns: readonly Column<Name>[], name: Name, widthPx: number): readonly Column<Name>[] {
  return columns.map((each) => (each.name === name ? { ...each, widthPx: clampWidth(widthPx) } : each));
}

/** With a column where it was not, at the end, or without one; the last one stays. */
export function toggled<Name extends string>(set: ColumnSet<Name>, columns: readonly Column<Name>[], name: Name): readonly Column<Name>[] {
  const rest = columns.filter((each) => each.name !== name);
  if (rest.length === columns.length) return [...columns, column(set, name)];
  return rest.length === 0 ? columns : rest;
}

/** One step to the left or to the right among those of its kind. */
export function moved<Name extends string>(columns: readonly Column<Name>[], name: Name, step: -1 | 1): readonly Column<Name>[] {
  const at = columns.findIndex((each) => each.name === name);
  const other = columns[at + step];
  const mine = columns[at];
  if (!mine || !other || other.pinned !== mine.pinned) return columns;
  return columns.with(at, other).with(at + step, mine);
}

export function pinToggled<Name extends string>(columns: readonly Column<Name>[], name: Name): readonly Column<Name>[] {
  return ordered(columns.map((each) => (each.name === name ? { ...each, pinned: !each.pinned } : each)));
}

/** The CSS grid of a row; a button may stand before the columns, and one after them. */
export function gridOf(
  columns: readonly Column<string>[],
  { beforePx, afterPx }: { readonly beforePx?: number; readonly afterPx?: number } = {},
): string {
  const hasRest = columns.some(({ widthPx }) => widthPx === undefined);
  const widths = columns.map(({ widthPx }) => (widthPx === undefined ? `minmax(${MIN_REST_PX}px,1fr)` : `${widthPx}px`));
  const px = (size: number | undefined) => (size === undefined ? [] : [`${size}px`]);
  return [...px(beforePx), ...widths, ...(hasRest ? [] : ['1fr']), ...px(afterPx)].join(' ');
}

/** How far from the left each column that stays in sight is held. */
export function pinOffsets<Name extends string>(
  columns: readonly Column<Name>[],
  startPx: number,
  gapPx: number,
): ReadonlyMap<Name, number> {
  const offsets = new Map<Name, number>();
  let at = startPx;
  for (const { name, widthPx = MIN_REST_PX, pinned } of columns) {
    if (!pinned) break;
    offsets.set(name, at);
    at += widthPx + gapPx;
  }
  return offsets;
}

function ordered<Name extends string>(columns: readonly Column<Name>[]): readonly Column<Name>[] {
  return [...columns.filter(({ pinned }) => pinned), ...columns.filter(({ pinned }) => !pinned)];
}

function column<Name extends string>({ widths }: ColumnSet<Name>, name: Name): Column<Name> {
  const widthPx = widths[name];
  return { name, ...(widthPx !== undefined && { widthPx }), pinned: false };
}

function clampWidth(widthPx: number): number {
  return Math.max(MIN_WIDTH_PX, Math.min(MAX_WIDTH_PX, Math.round(widthPx)));
}
