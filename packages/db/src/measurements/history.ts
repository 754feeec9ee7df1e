/** Reads measurements.db and folds it to the steps that are asked for. */
import { existsSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { type Connection, openReadOnly } from '../sqlite/connection.ts';
import { MEASUREMENTS_FILE } from '../sqlite/files.ts';
import { type Fold, fold } from './fold.ts';
import type { MeasurementHistory, MeasurementLine, MeasurementQuery, Selection } from './port.ts';
import { type BucketCount, quantileOf } from './quantile.ts';
import { TIERS, type Tier } from './ring.ts';
import { decode, type Row } from './row.ts';

const MOST_STEPS = 500;
const MOST_LINES = 50;
/** Rows that are folded before others who read in this thread get their turn. */
const SLICE_ROWS = 250;

type Control = { readonly deadlineAt: number; readonly signal: AbortSignal };

/** Throws `BAD_REQUEST` for too many steps, `DEADLINE_EXCEEDED` and `QUERY_CANCELLED`. */
export async function readHistory(path: string, query: MeasurementQuery, control: Control): Promise<MeasurementHistory> {
  const steps = Math.ceil((query.toTime - query.fromTime) / query.stepMs);
  if (!(steps > 0 && steps <= MOST_STEPS)) throw new GatewayError('BAD_REQUEST', { message: `A history has 1 to ${MOST_STEPS} steps.` });
  if (!existsSync(path)) return { lines: [], leftOut: 0 };
  const db = openReadOnly(path, MEASUREMENTS_FILE);
  try {
    const groups = groupsOf(db, query.selections, steps);
    const measured = await foldRows(db, query, groups, control);
    const answers = query.selections.map((selection) => linesOf(selection, groups, measured));
    const oldestTime = db.prepare<[], number | null>('SELECT min(time) FROM coarse').pluck().get() ?? undefined;
    return {
      lines: answers.flatMap(({ lines }) => lines),
      leftOut: answers.reduce((sum, { leftOut }) => sum + leftOut, 0),
      ...(oldestTime !== undefined && { oldestTime }),
    };
  } finally {
    db.close();
  }
}

/** Series that are one line of the answer, or one bucket of it. */
type Group = {
  readonly selection: Selection;
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fold: Fold;
  readonly bounds: Pick<BucketCount, 'gt' | 'le'>;
  readonly values: Float64Array;
  total: number;
};

type Groups = { readonly all: readonly Group[]; readonly bySeries: ReadonlyMap<number, readonly Group[]> };

function groupsOf(db: Connection, selections: readonly Selection[], steps: number): Groups {
  const all = new Map<string, Group>();
  const bySeries = new Map<number, Group[]>();
  const find = db.prepare<[string], { number: number; labels: string; fold: Fold }>(
    'SELECT series_no AS number, labels, fold FROM series WHERE name = ?',
  );
  for (const selection of selections) {
    for (const { number, labels: text, fold: how } of find.all(selection.name)) {
      const labels: Readonly<Record<string, string>> = Object.fromEntries(JSON.parse(text) as [string, string][]);
      if (!isWanted(selection, labels)) continue;
      const by = Object.fromEntries(selection.by.map((label) => [label, labels[label] ?? '']));
      const key = JSON.stringify([selection.id, ...Object.values(by)]);
      const bounds = { gt: Number(labels['gt'] ?? 0), le: labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le'] ?? 0) };
      const own = selection.quantiles ? `${key} ${bounds.le}` : key;
      const values = new Float64Array(steps).fill(Number.NaN);
      const group = all.get(own) ?? { selection, key, labels: by, fold: how, bounds, values, total: Number.NaN };
      all.set(own, group);
      bySeries.set(number, [...(bySeries.get(number) ?? []), group]);
    }
  }
  return { all: [...all.values()], bySeries };
}

function isWanted({ where = {}, unless = {} }: Selection, labels: Readonly<Record<string, string>>): boolean {
  const has = ([label, values]: readonly [string, readonly string[]]) => values.includes(labels[label] ?? '');
  return Object.entries(where).every(has) && !Object.entries(unless).some(has);
}

/** Folds every row of the time into its step. Answers at which steps anything was measured. */
async function foldRows(db: Connection, query: MeasurementQuery, { bySeries }: Groups, control: Control): Promise<readonly boolean[]> {
  const { fromTime, toTime, stepMs } = query;
  const tier = tierFor(db, query);
  const page = db.prepare<[number, number], Row>(
    `SELECT time, series, figures FROM ${tier} WHERE time >= ? AND time < ? ORDER BY time LIMIT ${SLICE_ROWS}`,
  );
  const measured = new Array<boolean>(Math.ceil((toTime - fromTime) / stepMs)).fill(false);
  for (let after = fromTime; ; ) {
    const rows = page.all(after, toTime);
    for (const row of rows) {
      const step = Math.floor((row.time - fromTime) / stepMs);
      measured[step] = true;
      for (const [series, figure] of decode(row)) for (const group of bySeries.get(series) ?? []) add(group, step, figure);
    }
    const last = rows.at(-1);
    if (rows.length < SLICE_ROWS || !last) return measured;
    after = last.time + 1;
    await turn();
    if (control.signal.aborted) throw new GatewayError('QUERY_CANCELLED');
    if (Date.now() > control.deadlineAt) throw new GatewayError('DEADLINE_EXCEEDED');
  }
}

/** Fine rows where they reach back far enough and the steps are shorter than a coarse row. */
function tierFor(db: Connection, { fromTime, toTime, stepMs }: MeasurementQuery): Tier {
  const isShort = stepMs < TIERS.coarse.rowMs && toTime - fromTime <= TIERS.fine.keptMs;
  if (!isShort) return 'coarse';
  const oldest = db.prepare<[], number | null>('SELECT min(time) FROM fine').pluck().get() ?? undefined;
  const known = db.prepare<[number, number], number>('SELECT count(*) FROM coarse WHERE time >= ? AND time < ?').pluck();
  return oldest !== undefined && (known.get(fromTime, oldest - TIERS.coarse.rowMs) ?? 0) === 0 ? 'fine' : 'coarse';
}

function add(group: Group, step: number, figure: number): void {
  const before = group.values[step] ?? Number.NaN;
  group.values[step] = Number.isNaN(before) ? figure : fold(group.fold, before, figure);
  group.total = Number.isNaN(group.total) ? figure : fold(group.fold, group.total, figure);
}

function linesOf(selection: Selection, { all }: Groups, measured: readonly boolean[]) {
  const own = all.filter((group) => group.selection === selection);
  own.sort((a, b) => (b.total || 0) - (a.total || 0));
  const lines = selection.quantiles ? quantileLines(own, selection.quantiles) : own.map((group) => sumLine(group, measured));
  const most = MOST_LINES * (selection.quantiles?.length ?? 1);
  return { lines: lines.slice(0, most), leftOut: Math.max(0, lines.length - most) };
}

/** Where something was measured and nothing counted, nothing happened. */
function sumLine({ selection, labels, fold: how, values, total }: Group, measured: readonly boolean[]): MeasurementLine {
  const missing = (step: number) => (how === 'sum' && measured[step] ? 0 : null);
  return {
    id: selection.id,
    labels,
    total: Number.isNaN(total) ? null : total,
    values: Array.from(values, (value, step) => (Number.isNaN(value) ? missing(step) : value)),
  };
}

function quantileLines(groups: readonly Group[], quantiles: readonly number[]): readonly MeasurementLine[] {
  return [...Map.groupBy(groups, ({ key }) => key).values()].flatMap((buckets) => {
    const [first] = buckets;
    if (!first) return [];
    const sorted = buckets.toSorted((a, b) => a.bounds.le - b.bounds.le);
    const at = (countOf: (group: Group) => number | undefined) => sorted.map((group) => ({ ...group.bounds, count: countOf(group) || 0 }));
    const steps = Array.from(first.values, (_, step) => at(({ values }) => values[step]));
    const whole = at(({ total }) => total);
    return quantiles.map((quantile) => ({
      id: first.selection.id,
      labels: first.labels,
      quantile,
      total: quantileOf(quantile, whole) ?? null,
      values: steps.map((counts) => quantileOf(quantile, counts) ?? null),
    }));
  });
}
