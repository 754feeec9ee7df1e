/** What tells others how the gateway is: metrics, traces and alerts that are sent somewhere. */
import { createAlerts } from '../operations/alerts/index.ts';
import { outlets } from '../operations/alerts/outlets.ts';
import { wantedMetrics } from '../operations/metrics/choice.ts';
import { createMetricsExport } from '../operations/metrics/export/index.ts';
import { keepHistory } from '../operations/metrics/history.ts';
import { certificateExpiry } from '../operations/metrics/index.ts';
import { createTraces } from '../operations/traces/index.ts';
import type { createEvidence } from './evidence.ts';
import type { Foundation } from './foundation.ts';
import type { createProtection } from './protection.ts';
import type { createWork } from './work.ts';

type Observed = Foundation &
  Pick<Awaited<ReturnType<typeof createProtection>>, 'tls'> &
  Pick<ReturnType<typeof createEvidence>, 'auditFeed' | 'witnesses'> &
  Pick<Awaited<ReturnType<typeof createWork>>, 'channels' | 'budgets' | 'pipeline' | 'push'>;

export function createObservation(parts: Observed, stack: AsyncDisposableStack) {
  const {
    version,
    stateDir,
    settings,
    log,
    gatewayId,
    store,
    observers,
    record,
    tls,
    auditFeed,
    witnesses,
    channels,
    budgets,
    pipeline,
    push,
  } = parts;
  const metricsExport = stack.adopt(createMetricsExport({ gatewayId, logger: log.of('metrics') }), (part) => part.close());
  const metricsHistory = stack.adopt(
    keepHistory({
      measurements: store.measurements,
      wanted: () => {
        const { enabled, collect } = settings().gateway.monitoring.metrics;
        return enabled ? wantedMetrics(collect) : () => false;
      },
      logger: log.of('metrics'),
    }),
    (part) => part.close(),
  );
  const traces = stack.adopt(createTraces({ gatewayId, version, logger: log.of('traces') }), (part) => part.close());
  const alerts = stack.adopt(
    createAlerts({
      stateDir,
      gatewayId,
      version,
      store,
      senders: channels,
      record,
      logger: log.of('alerts'),
      channels: () => channels.status(),
      oldestMessageAt: () => pipeline.activity().oldestMessageAt,
      certificateExpiresAt: () => certificateExpiry(tls),
      outlets: () => outlets({ metricsExport, traces, auditFeed, witnesses }),
    }),
    (part) => part.close(),
  );
  observers.add(traces.observe).add(alerts.observe).add(budgets.observe).add(push.observe);
  return { metricsExport, metricsHistory, traces, alerts };
}
