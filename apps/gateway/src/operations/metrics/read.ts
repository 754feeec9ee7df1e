/** The history of the metrics as people look at it: what works, how the process fares, and whether the objectives are met. */
import type { MeasurementLine, Measurements } from '@openclaw-gateway/db';
import { CHARTS, type ChartName, OBJECTIVES, select, type UNITS, WORK } from './charts.ts';
import { METRICS } from './definitions.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How far one looks back, and how long a step is then. */
export const SPANS = {
  '1h': { spanMs: HOUR_MS, stepMs: 10 * SECOND_MS },
  '6h': { spanMs: 6 * HOUR_MS, stepMs: MINUTE_MS },
  '24h': { spanMs: DAY_MS, stepMs: 5 * MINUTE_MS },
  '7d': { spanMs: 7 * DAY_MS, stepMs: 30 * MINUTE_MS },
} as const;
export type Span = keyof typeof SPANS;

const OBJECTIVE_STEPS = 7 * 24;
const MOST_ROWS = 20;
const QUANTILES = [0.5, 0.95, 0.99] as const;
/** Drawn of a histogram of the process. */
const DRAWN_QUANTILES = [0.5, 0.99] as const;

type Asked = { readonly measurements: Pick<Measurements, 'history'>; readonly nowMs: number; readonly signal: AbortSignal | undefined };
type Values = readonly (number | null)[];
type Range = { readonly fromTime: number; readonly stepMs: number; readonly oldestTime?: number };

/** The last whole steps: what is under way has no end yet. */
function rangeOf({ spanMs, stepMs }: (typeof SPANS)[Span], nowMs: number) {
  const grid = Math.min(stepMs, MINUTE_MS);
  const toTime = Math.floor(nowMs / grid) * grid;
  return { fromTime: toTime - spanMs, toTime, stepMs };
}

export type WorkRow = {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly failed: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** By step. */
  readonly counts: Values;
  readonly failures: Values;
  readonly p95s: Values;
};

/** Rate, errors and duration: the busiest first, at most 20. Durations in seconds. */
export async function readWork(
  kind: keyof typeof WORK,
  span: Span,
  { measurements, nowMs, signal }: Asked,
): Promise<Range & { readonly rows: readonly WorkRow[]; readonly more: number }> {
  const range = rangeOf(SPANS[span], nowMs);
  const { labels, count, failed, time } = WORK[kind];
  const { lines, leftOut, oldestTime } = await measurements.history(
    {
      ...range,
      selections: [
        select('count', count, labels),
        select('failed', failed, labels),
        { ...select('time', { name: time }, labels), quantiles: QUANTILES },
      ],
    },
    { ...(signal && { signal }) },
  );
  const keyOf = (line: MeasurementLine) => JSON.stringify(Object.values(line.labels));
  const byKey = new Map<string, MeasurementLine[]>();
  for (const line of lines) byKey.set(keyOf(line), [...(byKey.get(keyOf(line)) ?? []), line]);
  const nothing = { total: null, values: [] };
  const rows = [...byKey.values()].map((own): WorkRow => {
    const of = (id: string, quantile?: number) => own.find((line) => line.id === id && line.quantile === quantile) ?? nothing;
    return {
      labels: own[0]?.labels ?? {},
      count: of('count').total ?? 0,
      failed: of('failed').total ?? 0,
      p50: of('time', 0.5).total,
      p95: of('time', 0.95).total,
      p99: of('time', 0.99).total,
      counts: of('count').values,
      failures: of('failed').values,
      p95s: of('time', 0.95).values,
    };
  });
  const busy = rows.filter((row) => row.count > 0 || row.failed > 0).sort((a, b) => b.count - a.count);
  const more = Math.max(0, busy.length - MOST_ROWS) + leftOut;
  return {
    fromTime: range.fromTime,
    stepMs: range.stepMs,
    rows: busy.slice(0, MOST_ROWS),
    more,
    ...(oldestTime !== undefined && { oldestTime }),
  };
}

export type ChartLine = { readonly line: string; readonly values: Values };

/** How the process fares: a chart for each thing that could run out. Rates are by second where the unit is a share, else by minute. */
export async function readCharts(
  span: Span,
  { measurements, nowMs, signal }: Asked,
): Promise<
  Range & {
    readonly charts: readonly { readonly name: ChartName; readonly unit: (typeof UNITS)[number]; readonly lines: readonly ChartLine[] }[];
  }
> {
  const range = rangeOf(SPANS[span], nowMs);
  const selections = Object.entries(CHARTS).flatMap(([chart, { lines }]) =>
    lines.map((line, index) => ({
      ...select(`${chart} ${index}`, { name: line.name }, 'by' in line ? [line.by] : []),
      ...(METRICS[line.name].type === 'histogram' && { quantiles: DRAWN_QUANTILES }),
    })),
  );
  const found = await measurements.history({ ...range, selections }, { ...(signal && { signal }) });
  const charts = (Object.keys(CHARTS) as ChartName[]).map((name) => {
    const { unit, lines } = CHARTS[name];
    const drawn = lines.flatMap(({ line, name: metric }, index) => {
      const perStep = METRICS[metric].type === 'counter' ? range.stepMs / (unit === 'share' ? SECOND_MS : MINUTE_MS) : 1;
      return found.lines
        .filter(({ id }) => id === `${name} ${index}`)
        .map(({ labels, quantile, values }) => ({
          line: quantile === undefined ? Object.values(labels)[0] || line : `p${quantile * 100}`,
          values: values.map((value) => (value === null ? null : value / perStep)),
        }));
    });
    return { name, unit, lines: drawn };
  });
  const { oldestTime } = found;
  return { fromTime: range.fromTime, stepMs: range.stepMs, charts, ...(oldestTime !== undefined && { oldestTime }) };
}

export type ObjectiveState = 'unknown' | 'met' | 'burning' | 'spent';

export type ObjectiveReport = {
  readonly name: keyof typeof OBJECTIVES;
  readonly target: number;
  readonly withinSeconds?: number;
  readonly all: number;
  readonly bad: number;
  /** What is left of what may go wrong in seven days, between 0 and 1; below 0 more went wrong. */
  readonly budgetLeft: number;
  /** How many times as fast as it may the budget was used in the last hour and the last six: at 1 it is just used up in seven days. */
  readonly burn: { readonly hour: number; readonly sixHours: number };
  readonly state: ObjectiveState;
  /** The burn of each hour; `null` where nothing was to be done. */
  readonly burns: Values;
};

/** From these on the budget of seven days is gone in half a day, or in a little more than one. */
const FAST_BURN = { hour: 14, sixHours: 6 } as const;

/** Whether the objectives of the last seven days are met. */
export async function readObjectives({ measurements, nowMs, signal }: Asked): Promise<readonly ObjectiveReport[]> {
  // The minute that is under way counts, too.
  const toTime = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS;
  const selections = Object.entries(OBJECTIVES).flatMap(([name, objective]) =>
    'time' in objective
      ? [select(name, { name: objective.time }, ['le'])]
      : [select(`${name} all`, objective.all, []), select(`${name} bad`, objective.bad, [])],
  );
  const range = { fromTime: toTime - OBJECTIVE_STEPS * HOUR_MS, toTime, stepMs: HOUR_MS };
  const { lines } = await measurements.history({ ...range, selections }, { ...(signal && { signal }) });
  const hours = (wanted: (line: MeasurementLine) => boolean): readonly number[] => {
    const own = lines.filter(wanted);
    return Array.from({ length: OBJECTIVE_STEPS }, (_, hour) => own.reduce((sum, { values }) => sum + (values[hour] ?? 0), 0));
  };
  return (Object.keys(OBJECTIVES) as (keyof typeof OBJECTIVES)[]).map((name) => {
    const objective = OBJECTIVES[name];
    if (!('time' in objective)) {
      return report(
        name,
        objective.target,
        hours(({ id }) => id === `${name} all`),
        hours(({ id }) => id === `${name} bad`),
      );
    }
    const { target, withinSeconds } = objective;
    const isLate = (line: MeasurementLine) => line.labels['le'] === '+Inf' || Number(line.labels['le']) > withinSeconds;
    const late = hours((line) => line.id === name && isLate(line));
    return {
      ...report(
        name,
        target,
        hours(({ id }) => id === name),
        late,
      ),
      withinSeconds,
    };
  });
}

/** What the hours of an objective come to. */
export function report(
  name: keyof typeof OBJECTIVES,
  target: number,
  all: readonly number[],
  bad: readonly number[],
): Omit<ObjectiveReport, 'withinSeconds'> {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const burnOver = (hours: number) => burnOf(sum(all.slice(-hours)), sum(bad.slice(-hours)), target) ?? 0;
  const burn = { hour: burnOver(1), sixHours: burnOver(6) };
  const used = burnOver(all.length);
  const burns = all.map((count, hour) => burnOf(count, bad[hour] ?? 0, target) ?? null);
  return { name, target, all: sum(all), bad: sum(bad), budgetLeft: 1 - used, burn, state: stateOf(sum(all), used, burn), burns };
}

function burnOf(all: number, bad: number, target: number): number | undefined {
  return all === 0 ? undefined : bad / all / (1 - target);
}

function stateOf(all: number, used: number, { hour, sixHours }: ObjectiveReport['burn']): ObjectiveState {
  if (all === 0) return 'unknown';
  if (used >= 1) return 'spent';
  return hour >= FAST_BURN.hour || sixHours >= FAST_BURN.sixHours ? 'burning' : 'met';
}
