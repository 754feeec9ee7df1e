/** The columns of the table: which, in which order, how wide, and which stay in sight; one text in the address. */
export const COLUMN_NAMES = [
  'seq',
  'time',
  'date',
  'ago',
  'delta',
  'severity',
  'type',
  'summary',
  'duration',
  'channel',
  'session',
  'agent',
  'actor',
  'message',
] as const;
export type ColumnName = (typeof COLUMN_NAMES)[number];

/** `widthPx` is missing of the column that takes what is left. */
export type Column = { readonly name: ColumnName; readonly widthPx?: number; readonly pinned: boolean };

const WIDTHS: Readonly<Record<ColumnName, number | undefined>> = {
  seq: 68,
  time: 100,
  date: 128,
  ago: 96,
  delta: 72,
  severity: 24,
  type: 170,
  summary: undefined,
  duration: 72,
  channel: 76,
  session: 84,
  agent: 72,
  actor: 128,
  message: 96,
};
export const MIN_WIDTH_PX = 24;
export const MAX_WIDTH_PX = 900;
const MENU_PX = 24;
/** What the column that takes the rest has at least. */
export const MIN_REST_PX = 200;

const DEFAULT: readonly ColumnName[] = ['seq', 'time', 'severity', 'type', 'summary', 'channel', 'agent', 'session'];
export const DEFAULT_COLUMNS: readonly Column[] = DEFAULT.map((name) => column(name));

/** Reads what `columnsText` wrote: a name, `~` and its width, `!` where it stays in sight. What makes no sense is left out. */
export function parseColumns(words: readonly string[] | null): readonly Column[] {
  if (!words) return DEFAULT_COLUMNS;
  const seen = new Set<string>();
  const columns = words.flatMap((word) => {
    const [, name = '', width, pin] = /^([a-z]+)(?:~(\d{2,3}))?(!?)$/.exec(word) ?? [];
    if (!isColumn(name) || seen.has(name)) return [];
    seen.add(name);
    return [{ ...column(name), ...(width && { widthPx: clampWidth(Number(width)) }), pinned: pin === '!' }];
  });
  return columns.length === 0 ? DEFAULT_COLUMNS : ordered(columns);
}

/** Nothing where the columns are those that everybody has. */
export function columnsText(columns: readonly Column[]): string[] | null {
  const words = (some: readonly Column[]) =>
    some.map(
      ({ name, widthPx, pinned }) => `${name}${widthPx === WIDTHS[name] || widthPx === undefined ? '' : `~${widthPx}`}${pinned ? '!' : ''}`,
    );
  const text = words(columns);
  return text.join() === words(DEFAULT_COLUMNS).join() ? null : text;
}

export function withWidth(columns: readonly Column[], name: ColumnName, widthPx: number): readonly Column[] {
  return columns.map((each) => (each.name === name ? { ...each, widthPx: clampWidth(widthPx) } : each));
}

/** With a column where it was not, at the end, or without one; the last one stays. */
export function toggled(columns: readonly Column[], name: ColumnName): readonly Column[] {
  const rest = columns.filter((each) => each.name !== name);
  if (rest.length === columns.length) return [...columns, column(name)];
  return rest.length === 0 ? columns : rest;
}

/** One step to the left or to the right among those of its kind. */
export function moved(columns: readonly Column[], name: ColumnName, step: -1 | 1): readonly Column[] {
  const at = columns.findIndex((each) => each.name === name);
  const other = columns[at + step];
  const mine = columns[at];
  if (!mine || !other || other.pinned !== mine.pinned) return columns;
  return columns.with(at, other).with(at + step, mine);
}

export function pinToggled(columns: readonly Column[], name: ColumnName): readonly Column[] {
  return ordered(columns.map((each) => (each.name === name ? { ...each, pinned: !each.pinned } : each)));
}

/** The CSS grid of a row; the button of its menu is in the last column. */
export function gridOf(columns: readonly Column[]): string {
  const hasRest = columns.some(({ widthPx }) => widthPx === undefined);
  const widths = columns.map(({ widthPx }) => (widthPx === undefined ? `minmax(${MIN_REST_PX}px,1fr)` : `${widthPx}px`));
  return [...widths, ...(hasRest ? [] : ['1fr']), `${MENU_PX}px`].join(' ');
}

/** How far from the left each column that stays in sight is held. */
export function pinOffsets(columns: readonly Column[], startPx: number, gapPx: number): ReadonlyMap<ColumnName, number> {
  const offsets = new Map<ColumnName, number>();
  let at = startPx;
  for (const { name, widthPx = MIN_REST_PX, pinned } of columns) {
    if (!pinned) break;
    offsets.set(name, at);
    at += widthPx + gapPx;
  }
  return offsets;
}

function ordered(columns: readonly Column[]): readonly Column[] {
  return [...columns.filter(({ pinned }) => pinned), ...columns.filter(({ pinned }) => !pinned)];
}

function column(name: ColumnName): Column {
  const widthPx = WIDTHS[name];
  return { name, ...(widthPx !== undefined && { widthPx }), pinned: false };
}

function isColumn(name: string): name is ColumnName {
  return (COLUMN_NAMES as readonly string[]).includes(name);
}

function clampWidth(widthPx: number): number {
  return Math.max(MIN_WIDTH_PX, Math.min(MAX_WIDTH_PX, Math.round(widthPx)));
}
