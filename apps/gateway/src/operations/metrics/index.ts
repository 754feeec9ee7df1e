/**
 * What is counted and measured, in Prometheus' terms: one registry per process, its families in definitions.ts. Most of it is
 * read off the events as they are appended. Nothing here decides anything, and nothing here may hold up a message.
 */
import type { EventLog } from '@openclaw-gateway/db';
import type { StoredEvent } from '@openclaw-gateway/events';
import type { Parts } from '../../parts.ts';
import { MEMORY_STATES } from '../memory.ts';
import { countContradiction, countError, countEvents, countLimited, countStage } from './count-events.ts';
import { countedElsewhere, counter, gauge, histogram, METRICS_MEDIA_TYPE, metricsText } from './registry.ts';
import { countCommit, measureSystem, watchConnections } from './system.ts';

export { wantedMetrics } from './choice.ts';
export { watchConnections };

const appendTimes = histogram('openclaw_event_append_duration_seconds');
const requests = counter('openclaw_http_requests_total');
const requestTimes = histogram('openclaw_http_request_duration_seconds');
const trpcCalls = counter('openclaw_trpc_requests_total');
const trpcTimes = histogram('openclaw_trpc_request_duration_seconds');
const logLines = counter('openclaw_log_lines_total');
const amendments = counter('openclaw_amendments_total');
const droppedBatches = counter('openclaw_sse_dropped_batches_total');

export const metrics = {
  contentType: METRICS_MEDIA_TYPE,
  /** All metrics as text, or those that are wanted. */
  text: metricsText,
  stage: countStage,
  error: countError,
  limited: countLimited,
  committed: countCommit,

  httpRequest(route: string, method: string, status: number, durationMs: number): void {
    requests.inc({ route, method, code: status });
    requestTimes.observe({ route, method }, durationMs / 1000);
  },

  /** A call of the dashboard; `code` is `ok` or that of the error. */
  trpcRequest(procedure: string, code: string, durationMs: number): void {
    trpcCalls.inc({ procedure, code });
    trpcTimes.observe({ procedure }, durationMs / 1000);
  },

  amended(channel: string, result: 'recorded' | 'ignored'): void {
    amendments.inc({ channel, result });
  },

  droppedBatches(count: number): void {
    droppedBatches.inc({}, count);
  },

  logLine(level: string): void {
    logLines.inc({ level });
  },
} as const;

/** Hears of events as soon as they are durable. It must be quick and must not throw. */
export type EventObserver = (events: readonly StoredEvent[]) => void;

/** The same log, with every append counted and told to the observers. */
export function instrumentLog(log: EventLog, observers: ReadonlySet<EventObserver> = new Set()): EventLog {
  return {
    async append(request) {
      const startedAt = performance.now();
      const result = await log.append(request);
      if (result.ok && !result.replayed) {
        appendTimes.observe((performance.now() - startedAt) / 1000);
        countEvents(result.events);
        for (const observe of observers) observe(result.events);
      }
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

/** Says where the number of open WebSocket connections is known. */
export function watchWebSockets(count: () => number): void {
  gauge('openclaw_websocket_connections', (set) => set({ kind: 'client' }, count()));
}

/** Says where the number of open streams of the dashboard is known. */
export function watchStreams(count: () => number): void {
  gauge('openclaw_sse_clients', (set) => set({}, count()));
}

/** Says where the number of lost log lines is known. */
export function watchLogger(droppedLines: () => number): void {
  countedElsewhere('openclaw_log_lines_dropped_total', (set) => set({}, droppedLines()));
}

type Watched = Pick<
  Parts,
  'version' | 'stateDir' | 'store' | 'pipeline' | 'channels' | 'config' | 'memory' | 'tls' | 'floods' | 'attachments'
>;

/** Adds the gauges of this process and of the gateway in it. A second call replaces the first's gateway. */
export function watchGateway({ version, stateDir, store, pipeline, channels, config, memory, tls, floods, attachments }: Watched): void {
  measureSystem(stateDir);
  const commit = process.env['OPENCLAW_COMMIT'] ?? '';
  gauge('openclaw_build_info', (set) => set({ version, commit, node: process.versions.node }, 1));
  gauge('openclaw_event_log_sequence', (set) => set({}, store.log.stats().head));
  gauge('openclaw_event_log_size_bytes', (set) => set({}, store.log.stats().fileBytes));
  gauge('openclaw_wal_size_bytes', (set) => set({}, store.log.stats().walBytes));
  gauge('openclaw_attachments_size_bytes', (set) => set({}, attachments.usage().bytes));
  gauge('openclaw_queue_depth', (set) => {
    set({ queue: 'log' }, store.log.stats().pendingEvents);
    set({ queue: 'runs' }, pipeline.activity().waitingMessages);
  });
  gauge('openclaw_queue_oldest_age_seconds', (set) => {
    const { oldestMessageAt } = pipeline.activity();
    set({ queue: 'messages' }, oldestMessageAt === undefined ? 0 : Math.max(0, Date.now() - oldestMessageAt) / 1000);
  });
  gauge('openclaw_memory_limit_bytes', (set) => set({}, memory.use().limitBytes));
  gauge('openclaw_memory_state', (set) => {
    const { state } = memory.use();
    for (const each of MEMORY_STATES) set({ state: each }, each === state ? 1 : 0);
  });
  gauge('openclaw_bans_active', (set) => set({}, floods.bans.list().length));
  gauge('openclaw_runs_active', (set) => set({}, pipeline.activity().activeRuns));
  gauge('openclaw_projection_lag_events', (set) => {
    const head = store.log.head();
    for (const { name, position } of store.projections()) set({ projection: name }, Math.max(0, head - position));
  });
  gauge('openclaw_projection_stopped', (set) => {
    for (const { name, stopped } of store.projections()) set({ projection: name }, stopped ? 1 : 0);
  });
  watchCheckpoints(store);
  gauge('openclaw_config_version_info', (set) => set({ hash: config.current().hash.slice(0, 16) }, 1));
  gauge('openclaw_certificate_expiry_timestamp_seconds', (set) => {
    const expiresAt = certificateExpiry(tls);
    if (expiresAt !== undefined) set({}, expiresAt / 1000);
  });
  gauge('openclaw_channel_up', (set) => {
    for (const { channel, account, enabled, connected } of channels.status()) if (enabled) set({ channel, account }, connected ? 1 : 0);
  });
  gauge('openclaw_channel_last_received_timestamp_seconds', (set) => {
    for (const { channel, account, lastInboundAt } of channels.status()) {
      if (lastInboundAt !== undefined) set({ channel, account }, lastInboundAt / 1000);
    }
  });
}

function watchCheckpoints({ checkpoints }: Watched['store']): void {
  let madeAt: number | undefined;
  checkpoints.onMade(({ time }) => {
    madeAt = time;
  });
  checkpoints.onContradiction(countContradiction);
  gauge('openclaw_checkpoint_age_seconds', (set) => {
    if (madeAt !== undefined) set({}, Math.max(0, Date.now() - madeAt) / 1000);
  });
}

/** When the certificate that is in force expires, in milliseconds since 1970; nothing without HTTPS or before there is one. */
export function certificateExpiry(tls: Pick<Parts['tls'], 'status'>): number | undefined {
  const status = tls.status();
  return status.state === 'off' ? undefined : status.certificate?.expiresAt;
}
