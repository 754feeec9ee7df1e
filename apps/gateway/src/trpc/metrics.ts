import { z } from 'zod';
import { CHARTS, type ChartName, OBJECTIVES, UNITS, WORK } from '../operations/metrics/charts.ts';
import { grafanaDashboard } from '../operations/metrics/prometheus/grafana.ts';
import { scrapeConfig } from '../operations/metrics/prometheus/scrape-config.ts';
import { readCharts, readObjectives, readWork, SPANS, type Span } from '../operations/metrics/read.ts';
import { statePaths } from '../operations/state-dir.ts';
import type { Parts } from '../parts.ts';
import { procedure, router } from './procedure.ts';
import { slowAnswer } from './rows.ts';

const keysOf = <K extends string>(table: Readonly<Record<K, unknown>>) => Object.keys(table) as [K, ...K[]];

const EXEMPLARS = 5;

const time = z.number();
const values = z.array(z.number().nullable()).readonly();
const span = z.enum(keysOf<Span>(SPANS));
const range = z.object({
  fromTime: time,
  stepMs: z.number(),
  /** The oldest that is known. */
  oldestTime: time.optional(),
  /** Whether anything is measured at all. */
  enabled: z.boolean(),
  /** Series for which there was no room. */
  leftOut: z.number(),
});
const workRow = z.object({
  labels: z.record(z.string(), z.string()),
  count: z.number(),
  failed: z.number(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
  counts: values,
  failures: values,
  p95s: values,
});
const chart = z.object({
  name: z.enum(keysOf<ChartName>(CHARTS)),
  unit: z.enum(UNITS),
  lines: z.array(z.object({ line: z.string(), values })).readonly(),
});
const objective = z.object({
  name: z.enum(keysOf<keyof typeof OBJECTIVES>(OBJECTIVES)),
  target: z.number(),
  withinSeconds: z.number().optional(),
  all: z.number(),
  bad: z.number(),
  budgetLeft: z.number(),
  burn: z.object({ hour: z.number(), sixHours: z.number() }),
  state: z.enum(['unknown', 'met', 'burning', 'spent']),
  burns: values,
});
const instance = z.object({
  instanceId: z.string(),
  name: z.string(),
  address: z.string(),
  version: z.string(),
  state: z.enum(['leading', 'standing_by', 'draining', 'gone']),
  position: z.number(),
  startedAt: time,
  silentMs: z.number(),
});
const component = z.object({
  id: z.string(),
  parent: z.string().optional(),
  status: z.enum(['healthy', 'degraded', 'starting', 'stopping']),
  since: time,
  problem: z.string().optional(),
  lastProblem: z.object({ time, message: z.string() }).optional(),
});
const diagnosis = z.object({
  ok: z.boolean(),
  findings: z
    .array(
      z.object({
        id: z.string(),
        severity: z.enum(['error', 'warning', 'note']),
        found: z.string(),
        cause: z.string(),
        remedy: z.string(),
        /** What a repair does about it; absent where nothing is safe. */
        fix: z.string().optional(),
        fixed: z.boolean().optional(),
        fixError: z.string().optional(),
      }),
    )
    .readonly(),
  checks: z.array(z.object({ id: z.string(), findings: z.number(), durationMs: z.number(), error: z.string().optional() })).readonly(),
  durationMs: z.number(),
});

/** The metrics page: what works how fast, how the process fares, and how each part of the gateway is. */
export const metricsRouter = router({
  /** Rate, errors and duration of everything of a kind that does work, the busiest first. */
  work: procedure
    .input(z.object({ kind: z.enum(keysOf<keyof typeof WORK>(WORK)), span }))
    .output(range.extend({ rows: z.array(workRow).readonly(), more: z.number() }))
    .query(async ({ ctx, input, signal }) => ({
      ...state(ctx.parts),
      ...(await readWork(input.kind, input.span, asked(ctx.parts, signal))),
    })),

  /** Whom a time of the charts kept waiting: the conversations with the slowest answers in it. */
  slowest: procedure
    .input(z.object({ fromTime: time, toTime: time }))
    .output(z.array(slowAnswer).readonly())
    .query(({ ctx, input }) => ctx.parts.store.views.slowest(input, EXEMPLARS)),

  /** What the process uses, and what waits in it. */
  charts: procedure
    .input(z.object({ span }))
    .output(range.extend({ charts: z.array(chart).readonly() }))
    .query(async ({ ctx, input, signal }) => ({ ...state(ctx.parts), ...(await readCharts(input.span, asked(ctx.parts, signal))) })),

  /** Whether what was promised is kept, over seven days. */
  objectives: procedure.output(z.array(objective).readonly()).query(({ ctx, signal }) => readObjectives(asked(ctx.parts, signal))),

  /** How each part is, since when, and what was wrong with it last. */
  components: procedure.output(z.array(component).readonly()).query(({ ctx }) => ctx.parts.components.list()),

  /** Those that share the log; nothing where this is the only one. */
  instances: procedure.output(z.array(instance).readonly()).query(async ({ ctx }) => (await ctx.parts.membership?.instances()) ?? []),

  /** Has the doctor look for everything that is known to go wrong. */
  diagnose: procedure.output(diagnosis).mutation(({ ctx, signal }) => ctx.parts.doctor.run({ fix: false, ...(signal && { signal }) })),

  /** The same, and repairs what can be repaired without losing anything. Once begun it goes on to its end. */
  repair: procedure.output(diagnosis).mutation(({ ctx }) => ctx.parts.doctor.run({ fix: true })),

  /** What Prometheus is told to find this gateway at the address by which the page was opened. */
  scrapeConfig: procedure
    .input(z.object({ target: z.string().regex(/^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/), scheme: z.enum(['http', 'https']) }))
    .output(z.object({ text: z.string() }))
    .query(({ ctx, input }) => {
      const { config, stateDir } = ctx.parts;
      const { endpoint: path } = config.current().config.gateway.monitoring.metrics;
      const { token: tokenFile } = statePaths({ ...process.env, OPENCLAW_STATE_DIR: stateDir });
      return { text: `${scrapeConfig({ ...input, path, tokenFile })}\n` };
    }),

  /** A dashboard to import in Grafana. */
  grafana: procedure.output(z.object({ text: z.string() })).query(() => ({ text: `${JSON.stringify(grafanaDashboard(), null, 2)}\n` })),
});

function asked({ store }: Parts, signal: AbortSignal | undefined) {
  return { measurements: store.measurements, nowMs: Date.now(), signal };
}

function state({ config, metricsHistory }: Parts) {
  return { enabled: config.current().config.gateway.monitoring.metrics.enabled, leftOut: metricsHistory.leftOut() };
}
