/**
 * Sends a trace of each message to an OpenTelemetry collector, made of the events as they are appended. Off unless it is asked for;
 * then the SDK is loaded. Whatever happens to the collector, nothing waits for it: spans that it does not take are dropped.
 */
import { isDeepStrictEqual } from 'node:util';
import type { StoredEvent } from '@openclaw-gateway/events';
import type { Config } from '../../config/index.ts';
import { describeFailure, shownEndpoint } from '../endpoint.ts';
import type { Logger } from '../logs.ts';
import { counter } from '../metrics/registry.ts';

/** How long a stop waits for the last spans to arrive. */
const FAREWELL_MS = 2_000;

const exported = counter('openclaw_trace_spans_exported_total');
const failures = counter('openclaw_trace_export_failures_total');

export type TracesStatus =
  | { readonly state: 'off' }
  | {
      readonly state: 'starting' | 'running' | 'failing';
      readonly endpoint: string;
      /** Batches in a row that were not taken. */
      readonly failures: number;
      readonly problem?: string;
    };

export type TracesOptions = { readonly gatewayId: string; readonly version: string; readonly logger: Pick<Logger, 'info' | 'warn'> };

export type Traces = {
  /** Takes up another configuration; begins, changes or ends the traces. */
  readonly apply: (config: Config) => Promise<void>;
  readonly observe: (events: readonly StoredEvent[]) => void;
  readonly status: () => TracesStatus;
  readonly close: () => Promise<void>;
};

type Settings = Config['gateway']['monitoring']['traces'];
type Running = {
  readonly settings: Settings;
  readonly add: (event: StoredEvent) => void;
  readonly stop: () => Promise<void>;
  status: TracesStatus;
};

export function createTraces(options: TracesOptions): Traces {
  let running: Running | undefined;
  let changing: Promise<void> = Promise.resolve();
  const change = async (wanted: Settings | undefined): Promise<void> => {
    if (isDeepStrictEqual(wanted, running?.settings)) return;
    const before = running;
    running = undefined;
    await before?.stop();
    running = wanted && (await begin(wanted, options));
  };
  const enqueue = (wanted: Settings | undefined): Promise<void> => {
    changing = changing
      .then(() => change(wanted))
      .catch((error: unknown) => options.logger.warn({ problem: describeFailure(error) }, 'the traces did not take the configuration'));
    return changing;
  };
  return {
    apply: ({ gateway }) => enqueue(gateway.monitoring.traces.enabled ? gateway.monitoring.traces : undefined),
    observe: (events) => {
      if (running) for (const event of events) running.add(event);
    },
    status: () => running?.status ?? { state: 'off' },
    close: () => enqueue(undefined),
  };
}

async function begin(settings: Settings, { gatewayId, version, logger }: TracesOptions): Promise<Running> {
  const [{ openTracer }, { MessageSpans }] = await Promise.all([import('./tracer.ts'), import('./spans.ts')]);
  const endpoint = shownEndpoint(settings.endpoint);
  const tracer = openTracer({
    ...settings,
    gatewayId,
    version,
    onExported: (count) => {
      exported.inc(count);
      if (running.status.state === 'failing') logger.info({ endpoint }, 'traces are taken again');
      running.status = { state: 'running', endpoint, failures: 0 };
    },
    onFailed: (error) => {
      failures.inc();
      const problem = describeFailure(error);
      if (running.status.state !== 'failing') logger.warn({ endpoint, problem }, 'traces are not taken; those spans are lost');
      const before = running.status.state === 'off' ? 0 : running.status.failures;
      running.status = { state: 'failing', endpoint, failures: before + 1, problem };
    },
  });
  const spans = new MessageSpans(tracer, settings.captureContent);
  let broken = false;
  const running: Running = {
    settings,
    status: { state: 'starting', endpoint, failures: 0 },
    add: (event) => {
      try {
        spans.add(event);
      } catch (error) {
        // An observer of the log must not throw, and once is enough to hear of it.
        if (!broken) logger.warn({ err: error, type: event.type }, 'an event could not be traced');
        broken = true;
      }
    },
    stop: async () => {
      spans.close();
      const limit = new Promise<void>((resolve) => setTimeout(resolve, FAREWELL_MS).unref());
      await Promise.race([tracer.close().catch(() => undefined), limit]);
    },
  };
  return running;
}
