/**
 * What is counted and measured, in Prometheus' terms. One registry per process. Most of it is read off the events as
 * they are appended, so whoever does the work does not have to count it.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { EventLog } from '@openclaw-gateway/db';
import {
  AuthAccepted,
  AuthDenied,
  DeliveryFailed,
  DeliverySucceeded,
  DeliveryUncertain,
  MessageDeadLettered,
  MessageDeduplicated,
  MessageDelivered,
  MessageNoReply,
  MessageQueued,
  MessageRejected,
  ModelFailed,
  ModelRequested,
  ModelResponded,
  type StoredEvent,
  ToolCompleted,
  ToolDenied,
  ToolFailed,
  ToolStarted,
} from '@openclaw-gateway/events';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Parts } from '../parts.ts';
import { MEMORY_STATES } from './memory.ts';

const QUICK_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const HTTP_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 120];
const MODEL_S = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const MAX_OPEN_MODEL_CALLS = 10_000;
/** Samples the event loop's delay; finer would wake an idle process more often. */
const EVENT_LOOP_RESOLUTION_MS = 10;

const registry = new Registry();
const registers = [registry];

function counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
  return new Counter({ name, help, labelNames, registers });
}

function histogram<L extends string>(name: string, help: string, labelNames: L[], buckets: number[]): Histogram<L> {
  return new Histogram({ name, help, labelNames, buckets, registers });
}

const received = counter('openclaw_messages_received_total', 'Messages that came in.', ['channel', 'outcome']);
const delivered = counter('openclaw_messages_delivered_total', 'Replies that reached their channel.', ['channel']);
const settled = counter('openclaw_messages_settled_total', 'Messages to which nothing more happens.', ['channel', 'status']);
const replies = histogram('openclaw_reply_duration_seconds', 'From arrival to delivery of the reply.', ['channel'], MODEL_S);
const attempts = counter('openclaw_delivery_attempts_total', 'Attempts to send a reply.', ['channel', 'result']);
const auths = counter('openclaw_auth_attempts_total', 'Senders and callers that proved who they are, or did not.', ['method', 'result']);
const modelCalls = counter('openclaw_model_requests_total', 'Requests to models.', ['provider', 'model', 'result']);
const modelTimes = histogram('openclaw_model_request_duration_seconds', 'Time of a request to a model.', ['provider', 'model'], MODEL_S);
const modelTokens = counter('openclaw_model_tokens_total', 'Tokens as the models counted them.', ['provider', 'model', 'type']);
const toolCalls = counter('openclaw_tool_calls_total', 'Tool calls.', ['tool', 'result']);
const appendTimes = histogram('openclaw_event_append_duration_seconds', 'From append to durable.', [], QUICK_S);
const requests = counter('openclaw_http_requests_total', 'HTTP requests.', ['route', 'method', 'code']);
const requestTimes = histogram('openclaw_http_request_duration_seconds', 'Time to answer an HTTP request.', ['route', 'method'], HTTP_S);
const rateLimited = counter('openclaw_rate_limited_total', 'Requests over a limit of their rate.', ['scope']);

/** The hottest count of all is kept by hand and only handed over when it is read. */
const appendedByType = new Map<string, number>();
new Counter({
  name: 'openclaw_events_appended_total',
  help: 'Events appended to the log.',
  labelNames: ['type'],
  registers,
  collect() {
    this.reset();
    for (const [type, count] of appendedByType) this.inc({ type }, count);
  },
});

/** Names of tools that ran. A model may invent others, which must not become labels. */
const knownTools = new Set<string>();

/** Model calls in flight, by run and step: the answer does not name the model again. */
const openModelCalls = new Map<string, { readonly provider: string; readonly model: string }>();

export const metrics = {
  contentType: registry.contentType,

  httpRequest(route: string, method: string, status: number, durationMs: number): void {
    requests.inc({ route, method, code: status });
    requestTimes.observe({ route, method }, durationMs / 1000);
  },

  /** A request was refused because there were too many of its kind. */
  rateLimited(scope: 'address'): void {
    rateLimited.inc({ scope });
  },

  /** Events that were appended together, and how long that took. */
  appended(events: readonly StoredEvent[], durationMs: number): void {
    appendTimes.observe(durationMs / 1000);
    for (const event of events) {
      appendedByType.set(event.type, (appendedByType.get(event.type) ?? 0) + 1);
      countEvent(event);
    }
  },

  /** All metrics as text; those whose name `leaveOut` fits are left out. */
  async text(leaveOut: (name: string) => boolean = () => false): Promise<string> {
    const names = registry.getMetricsAsArray().map((metric) => (metric as unknown as { readonly name: string }).name);
    const texts = await Promise.all(names.filter((name) => !leaveOut(name)).map((name) => registry.getSingleMetricAsString(name)));
    return `${texts.join('\n\n')}\n`;
  },
} as const;

/** The same log, with every append counted. */
export function instrumentLog(log: EventLog): EventLog {
  return {
    async append(request) {
      const startedAt = performance.now();
      const result = await log.append(request);
      if (result.ok && !result.replayed) metrics.appended(result.events, performance.now() - startedAt);
      return result;
    },
    head: () => log.head(),
    readAll: (options) => log.readAll(options),
    readStream: (streamId, options) => log.readStream(streamId, options),
    readAt: (position) => log.readAt(position),
    subscribe: (options) => log.subscribe(options),
    waitForHead: (position, timeoutMs) => log.waitForHead(position, timeoutMs),
    stats: () => log.stats(),
    close: () => log.close(),
  };
}

let countWebSockets = (): number => 0;

/** Says where the number of open WebSocket connections is known. */
export function watchWebSockets(count: () => number): void {
  countWebSockets = count;
}

/** Adds the gauges of this process and of the gateway in it. A second call replaces the first's gateway. */
export function watchPipeline({
  version,
  store,
  pipeline,
  channels,
  memory,
}: Pick<Parts, 'version' | 'store' | 'pipeline' | 'channels' | 'memory'>): void {
  if (registry.getSingleMetric('openclaw_build_info') === undefined) {
    collectDefaultMetrics({ register: registry });
    measureEventLoop();
  }
  gauge('openclaw_build_info', 'The program that runs.', ['version'], (set) => set({ version }, 1));
  gauge('openclaw_event_log_sequence', 'Position of the last event.', [], (set) => set({}, store.log.stats().head));
  gauge('openclaw_event_log_size_bytes', 'Size of the log file.', [], (set) => set({}, store.log.stats().fileBytes));
  gauge('openclaw_wal_size_bytes', "Size of the log's write-ahead file.", [], (set) => set({}, store.log.stats().walBytes));
  gauge('openclaw_queue_depth', 'What waits: events for the disk, messages for their run.', ['queue'], (set) => {
    set({ queue: 'log' }, store.log.stats().pendingEvents);
    set({ queue: 'runs' }, pipeline.activity().waitingMessages);
  });
  gauge('openclaw_runs_active', 'Runs that agents work on.', [], (set) => set({}, pipeline.activity().activeRuns));
  gauge('openclaw_websocket_connections', 'Open WebSocket connections.', ['kind'], (set) => set({ kind: 'client' }, countWebSockets()));
  gauge('openclaw_memory_limit_bytes', 'What the process may take.', [], (set) => set({}, memory.use().limitBytes));
  gauge('openclaw_memory_state', 'Which state memory is in: 1 for that, 0 for the others.', ['state'], (set) => {
    const { state } = memory.use();
    for (const each of MEMORY_STATES) set({ state: each }, each === state ? 1 : 0);
  });
  gauge('openclaw_channel_up', 'Whether an enabled channel account is connected.', ['channel', 'account'], (set) => {
    for (const { channel, account, enabled, connected } of channels.status()) if (enabled) set({ channel, account }, connected ? 1 : 0);
  });
}

/** prom-client reports the time between two ticks of the probe as the lag; the lag is what that is longer than it should be. */
function measureEventLoop(): void {
  const probe = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });
  probe.enable();
  const lagSeconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - EVENT_LOOP_RESOLUTION_MS / 1000);
  for (const metric of registry.getMetricsAsArray() as unknown as readonly { readonly name: string }[]) {
    if (metric.name.startsWith('nodejs_eventloop_lag')) registry.removeSingleMetric(metric.name);
  }
  for (const percentile of [50, 90, 99]) {
    gauge(
      `nodejs_eventloop_lag_p${percentile}_seconds`,
      `How late the main thread gets to what is due, ${percentile}th percentile since the last look.`,
      [],
      (set) => set({}, lagSeconds(probe.percentile(percentile))),
    );
  }
  gauge('nodejs_eventloop_lag_max_seconds', 'The longest the main thread was late since the last look.', [], (set) => {
    set({}, lagSeconds(probe.max));
    probe.reset();
  });
}

function gauge<L extends string>(
  name: string,
  help: string,
  labelNames: L[],
  collect: (set: (labels: Partial<Record<L, string>>, value: number) => void) => void | Promise<void>,
): void {
  registry.removeSingleMetric(name);
  new Gauge({
    name,
    help,
    labelNames,
    registers,
    async collect() {
      this.reset();
      await collect((labels, value) => this.set(labels, value));
    },
  });
}

function countEvent(event: StoredEvent): void {
  const channel = event.metadata.channel ?? 'none';
  if (MessageQueued.is(event)) received.inc({ channel, outcome: 'accepted' });
  else if (MessageDeduplicated.is(event)) received.inc({ channel, outcome: 'duplicate' });
  else if (MessageRejected.is(event)) {
    received.inc({ channel, outcome: 'rejected' });
    settled.inc({ channel, status: 'rejected' });
  } else if (MessageDelivered.is(event)) {
    delivered.inc({ channel });
    settled.inc({ channel, status: 'delivered' });
    replies.observe({ channel }, event.data.totalMs / 1000);
  } else if (MessageDeadLettered.is(event)) settled.inc({ channel, status: 'dead_lettered' });
  else if (MessageNoReply.is(event)) settled.inc({ channel, status: 'no_reply' });
  else if (DeliverySucceeded.is(event)) attempts.inc({ channel, result: 'succeeded' });
  else if (DeliveryFailed.is(event)) attempts.inc({ channel, result: 'failed' });
  else if (DeliveryUncertain.is(event)) attempts.inc({ channel, result: 'uncertain' });
  else if (AuthAccepted.is(event)) auths.inc({ method: event.data.method, result: 'accepted' });
  else if (AuthDenied.is(event)) auths.inc({ method: event.data.method, result: 'denied' }, event.data.times ?? 1);
  else if (ToolStarted.is(event)) knownTools.add(event.data.tool);
  else if (ToolCompleted.is(event)) toolCalls.inc({ tool: event.data.tool, result: 'completed' });
  else if (ToolFailed.is(event)) toolCalls.inc({ tool: toolLabel(event.data.tool), result: 'failed' });
  else if (ToolDenied.is(event)) toolCalls.inc({ tool: toolLabel(event.data.tool), result: 'denied' });
  else countModelEvent(event);
}

function toolLabel(tool: string): string {
  return knownTools.has(tool) ? tool : 'unknown';
}

function countModelEvent(event: StoredEvent): void {
  if (ModelRequested.is(event)) {
    const { runId, step, provider, model } = event.data;
    openModelCalls.set(`${runId} ${step}`, { provider, model });
    const oldest = openModelCalls.size > MAX_OPEN_MODEL_CALLS ? openModelCalls.keys().next().value : undefined;
    if (oldest !== undefined) openModelCalls.delete(oldest);
  } else if (ModelResponded.is(event)) {
    const { runId, step, usage, durationMs } = event.data;
    const call = openModelCalls.get(`${runId} ${step}`) ?? { provider: 'unknown', model: 'unknown' };
    openModelCalls.delete(`${runId} ${step}`);
    modelCalls.inc({ ...call, result: 'ok' });
    modelTimes.observe(call, durationMs / 1000);
    modelTokens.inc({ ...call, type: 'input' }, usage.inputTokens);
    modelTokens.inc({ ...call, type: 'output' }, usage.outputTokens);
  } else if (ModelFailed.is(event)) {
    const { runId, step, provider, model, problem, durationMs } = event.data;
    openModelCalls.delete(`${runId} ${step}`);
    modelCalls.inc({ provider, model, result: problem.code });
    modelTimes.observe({ provider, model }, durationMs / 1000);
  }
}
