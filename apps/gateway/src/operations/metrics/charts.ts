/** What the dashboard draws of the metrics: rate, errors and duration of everything that does work, the process, and the objectives. */
import type { Selection } from '@openclaw-gateway/db';
import { METRICS, type MetricName, type NameOf } from './definitions.ts';

type Which = Pick<Selection, 'where' | 'unless'>;
type Counted = Which & { readonly name: NameOf<'counter'> };

/** What does work, told apart by labels: how often, how often in vain, and how long. */
export const WORK = {
  channel: {
    labels: ['channel'],
    count: { name: 'openclaw_messages_received_total' },
    failed: { name: 'openclaw_messages_settled_total', where: { status: ['dead_lettered'] } },
    time: 'openclaw_reply_duration_seconds',
  },
  agent: {
    labels: ['agent'],
    count: { name: 'openclaw_runs_total' },
    failed: { name: 'openclaw_runs_total', where: { result: ['failed', 'stopped'] } },
    time: 'openclaw_run_duration_seconds',
  },
  model: {
    labels: ['provider', 'model'],
    count: { name: 'openclaw_model_requests_total' },
    failed: { name: 'openclaw_model_requests_total', unless: { result: ['ok'] } },
    time: 'openclaw_model_request_duration_seconds',
  },
  tool: {
    labels: ['tool'],
    count: { name: 'openclaw_tool_calls_total' },
    failed: { name: 'openclaw_tool_calls_total', where: { result: ['failed'] } },
    time: 'openclaw_tool_duration_seconds',
  },
  procedure: {
    labels: ['procedure'],
    count: { name: 'openclaw_trpc_requests_total' },
    failed: { name: 'openclaw_trpc_requests_total', unless: { code: ['ok'] } },
    time: 'openclaw_trpc_request_duration_seconds',
  },
} as const satisfies Record<
  string,
  { readonly labels: readonly string[]; readonly count: Counted; readonly failed: Counted; readonly time: NameOf<'histogram'> }
>;

export const UNITS = ['seconds', 'bytes', 'count', 'share', 'perMinute'] as const;

/** A line, or one for each value of a label. What is counted is drawn as its rate, a histogram as its median and 99th percentile. */
type Line = { readonly line: string; readonly name: MetricName; readonly by?: string };
type Chart = { readonly unit: (typeof UNITS)[number]; readonly lines: readonly Line[] };

const line = (name: MetricName, as = ''): Line => ({ line: as, name });

/** How the process uses what it has, and what waits in it. */
export const CHARTS = {
  eventLoop: {
    unit: 'seconds',
    lines: [line('nodejs_eventloop_lag_p99_seconds', 'p99'), line('nodejs_eventloop_lag_max_seconds', 'max')],
  },
  processor: { unit: 'share', lines: [line('process_cpu_seconds_total', 'process')] },
  memory: {
    unit: 'bytes',
    lines: [line('process_resident_memory_bytes', 'process'), line('nodejs_heap_size_used_bytes', 'heap')],
  },
  commit: { unit: 'seconds', lines: [line('openclaw_event_log_commit_duration_seconds')] },
  append: { unit: 'seconds', lines: [line('openclaw_event_append_duration_seconds')] },
  events: { unit: 'perMinute', lines: [line('openclaw_events_appended_total', 'events')] },
  queue: {
    unit: 'count',
    lines: [{ ...line('openclaw_queue_depth'), by: 'queue' }, line('openclaw_runs_active', 'running')],
  },
  queueAge: { unit: 'seconds', lines: [line('openclaw_queue_oldest_age_seconds', 'oldest')] },
  projectionLag: { unit: 'count', lines: [{ ...line('openclaw_projection_lag_events'), by: 'projection' }] },
  streams: { unit: 'count', lines: [line('openclaw_sse_clients', 'sse'), line('openclaw_websocket_connections', 'websocket')] },
  dropped: {
    unit: 'perMinute',
    lines: [line('openclaw_sse_dropped_batches_total', 'sse'), line('openclaw_rate_limited_total', 'limited')],
  },
  wal: { unit: 'bytes', lines: [line('openclaw_wal_size_bytes', 'wal')] },
  disk: { unit: 'bytes', lines: [line('openclaw_disk_free_bytes', 'free')] },
  files: { unit: 'count', lines: [line('process_open_fds', 'open')] },
} as const satisfies Record<string, Chart>;

export type ChartName = keyof typeof CHARTS;

/** What part of all should be good, over seven days. */
type Objective = { readonly target: number } & (
  | { readonly all: Counted; readonly bad: Counted }
  /** Good is what took at most so long; one of the histogram's bounds. */
  | { readonly time: NameOf<'histogram'>; readonly withinSeconds: number }
);

export const OBJECTIVES = {
  answered: {
    target: 0.99,
    all: { name: 'openclaw_messages_settled_total', unless: { status: ['rejected'] } },
    bad: { name: 'openclaw_messages_settled_total', where: { status: ['dead_lettered'] } },
  },
  reply: { target: 0.95, time: 'openclaw_reply_duration_seconds', withinSeconds: 10.24 },
  durable: { target: 0.999, time: 'openclaw_event_append_duration_seconds', withinSeconds: 0.1 },
  calls: {
    target: 0.999,
    all: { name: 'openclaw_http_requests_total' },
    bad: { name: 'openclaw_http_requests_total', where: { code: ['500', '502', '503', '504'] } },
  },
} as const satisfies Record<string, Objective>;

/** The families that are drawn, and therefore kept. */
export const DRAWN: ReadonlySet<string> = new Set<MetricName>([
  ...Object.values(WORK).flatMap(({ count, failed, time }) => [count.name, failed.name, time]),
  ...Object.values(CHARTS).flatMap(({ lines }) => lines.map(({ name }) => name)),
  ...Object.values(OBJECTIVES).flatMap((objective) => ('time' in objective ? [objective.time] : [objective.all.name, objective.bad.name])),
]);

/** The selection of a family's series: of a histogram its buckets. */
export function select(id: string, { name, ...which }: { readonly name: MetricName } & Which, by: readonly string[]): Selection {
  return { id, name: METRICS[name].type === 'histogram' ? `${name}_bucket` : name, by, ...which };
}
