/**
 * Pushes the metrics to a server, for those who cannot scrape. Whatever happens to the server, nothing waits for it: one push at a
 * time, and after a failure a growing pause. Operators hear of it once when it begins to fail, and once when it works again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../../config/index.ts';
import { backoffMs, describeFailure, shownEndpoint } from '../../endpoint.ts';
import type { Logger } from '../../logs.ts';
import { wantedMetrics } from '../choice.ts';
import { counter, gauge, metricFamilies, metricsText } from '../registry.ts';
import type { ExportSettings, Target } from './target.ts';

const TIMEOUT_MS = 10_000;
const MAX_WAIT_MS = 5 * 60_000;

const failures = counter('openclaw_metrics_export_failures_total');

export type MetricsExportStatus =
  | { readonly state: 'off' }
  | {
      readonly state: 'starting' | 'running' | 'failing';
      readonly type: ExportSettings['type'];
      readonly endpoint: string;
      /** In a row. */
      readonly failures: number;
      readonly since: number;
      readonly lastSuccessAt?: number;
      readonly problem?: string;
    };

export type MetricsExportOptions = {
  readonly gatewayId: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly random?: () => number;
};

export type MetricsExport = {
  /** Takes up another configuration; begins, changes or ends the export. */
  readonly apply: (config: Config) => void;
  readonly status: () => MetricsExportStatus;
  readonly close: () => Promise<void>;
};

type Wanted = { readonly settings: ExportSettings; readonly collect: Config['gateway']['monitoring']['metrics']['collect'] };
type Running = { readonly wanted: Wanted; readonly stop: () => Promise<void>; readonly status: () => MetricsExportStatus };

export function createMetricsExport(options: MetricsExportOptions): MetricsExport {
  let running: Running | undefined;
  const ending = new Set<Promise<void>>();
  const change = (wanted: Wanted | undefined): void => {
    if (isDeepStrictEqual(wanted, running?.wanted)) return;
    if (running) {
      const ended = running.stop().finally(() => ending.delete(ended));
      ending.add(ended);
    }
    running = wanted && run(wanted, options);
  };
  gauge('openclaw_metrics_export_last_success_timestamp_seconds', (set) => {
    const status = running?.status();
    if (status && status.state !== 'off' && status.lastSuccessAt !== undefined) set({ type: status.type }, status.lastSuccessAt / 1000);
  });
  return {
    apply: (config) => change(wantedExport(config)),
    status: () => running?.status() ?? { state: 'off' },
    close: async () => {
      change(undefined);
      await Promise.all(ending);
    },
  };
}

function wantedExport({ gateway }: Config): Wanted | undefined {
  const { enabled, collect, export: settings } = gateway.monitoring.metrics;
  const { endpoint } = settings;
  return enabled && settings.enabled && endpoint !== undefined ? { settings: { ...settings, endpoint }, collect } : undefined;
}

function run(wanted: Wanted, { gatewayId, logger, random }: MetricsExportOptions): Running {
  const { settings, collect } = wanted;
  const { type, interval: intervalMs } = settings;
  const endpoint = shownEndpoint(settings.endpoint);
  const stopped = new AbortController();
  let status: Exclude<MetricsExportStatus, { state: 'off' }> = { state: 'starting', type, endpoint, failures: 0, since: Date.now() };

  const succeeded = (): void => {
    if (status.state === 'failing') logger.info({ type, endpoint, failures: status.failures }, 'metrics are taken again');
    const now = Date.now();
    status = { state: 'running', type, endpoint, failures: 0, since: status.state === 'running' ? status.since : now, lastSuccessAt: now };
  };
  const failed = (error: unknown): void => {
    const problem = describeFailure(error);
    failures.inc({ type });
    if (status.state !== 'failing') logger.warn({ type, endpoint, problem }, 'metrics are not taken; they are pushed again later');
    const since = status.state === 'failing' ? status.since : Date.now();
    status = { ...status, state: 'failing', failures: status.failures + 1, since, problem };
  };

  const loop = async (): Promise<void> => {
    const target = await createTarget(settings, gatewayId);
    const names = wantedMetrics(collect);
    const snapshot = { text: () => metricsText(names), families: () => metricFamilies(names) };
    while (!stopped.signal.aborted) {
      try {
        await target.push(snapshot, AbortSignal.any([stopped.signal, AbortSignal.timeout(TIMEOUT_MS)]));
        succeeded();
      } catch (error) {
        if (!stopped.signal.aborted) failed(error);
      }
      const waitMs = status.failures === 0 ? intervalMs : backoffMs(status.failures, intervalMs, Math.max(MAX_WAIT_MS, intervalMs), random);
      await delay(waitMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
    }
    await target.close();
  };
  const ended = loop().catch((error: unknown) => failed(error));
  return {
    wanted,
    status: () => status,
    stop: async () => {
      stopped.abort();
      await ended;
    },
  };
}

/** The libraries are loaded only when they are needed. */
async function createTarget(settings: ExportSettings, gatewayId: string): Promise<Target> {
  switch (settings.type) {
    case 'prometheus':
      return (await import('./pushgateway.ts')).createPushgatewayTarget(settings, gatewayId);
    case 'influxdb':
      return (await import('./influxdb.ts')).createInfluxTarget(settings, gatewayId);
    case 'datadog':
      return (await import('./datadog.ts')).createDatadogTarget(settings, gatewayId);
  }
}
