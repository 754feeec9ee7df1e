/** The gateway's own alert rules in Prometheus' words, for those who alert from there, with the thresholds of the configuration. */
import type { AlertSettings } from '../../../config/schema/alerts.ts';

type Rules = AlertSettings['rules'];
type Rule = { readonly alert: string; readonly expr: string; readonly forMs: number; readonly severity: string; readonly summary: string };

const SETTLED = 'openclaw_messages_settled_total';

/** The text of a rules file. Rules that are off are left out, and so is what only the gateway can see. */
export function prometheusAlertRules(rules: Rules): string {
  const lines = enabledRules(rules).flatMap(({ alert, expr, forMs, severity, summary }) => [
    `      - alert: ${alert}`,
    `        expr: ${JSON.stringify(expr)}`,
    ...(forMs > 0 ? [`        for: ${promDuration(forMs)}`] : []),
    '        labels:',
    `          severity: ${severity}`,
    '        annotations:',
    `          summary: ${JSON.stringify(summary)}`,
  ]);
  return ['groups:', '  - name: openclaw', '    rules:', ...lines].join('\n');
}

function enabledRules(rules: Rules): readonly Rule[] {
  const own = (name: keyof Rules, alert: string, expr: string, summary: string): readonly Rule[] => {
    const { enabled, for: forMs, severity } = rules[name];
    return enabled ? [{ alert, expr, forMs, severity, summary }] : [];
  };
  const { queueAge, errorRate, diskLow, projectionLag, tokensPerDay, costPerDay, certificateExpiry } = rules;
  const over = `[${promDuration(errorRate.window)}]`;
  const ended = `sum(increase(${SETTLED}{status!="rejected"}${over}))`;
  const givenUp = `sum(increase(${SETTLED}{status="dead_lettered"}${over}))`;
  const tokens = 'sum(increase(openclaw_model_tokens_total{type=~"input|output"}[1d]))';
  return [
    // The gateway itself cannot tell this one.
    {
      alert: 'OpenClawDown',
      expr: 'up{job="openclaw"} == 0',
      forMs: 60_000,
      severity: 'critical',
      summary: 'The gateway does not answer.',
    },
    ...own(
      'queueAge',
      'OpenClawQueueAge',
      `openclaw_queue_oldest_age_seconds{queue="messages"} > ${queueAge.threshold / 1000}`,
      'The oldest message has waited {{ $value | humanizeDuration }} for its end.',
    ),
    ...own(
      'errorRate',
      'OpenClawErrorRate',
      `${givenUp} / ${ended} > ${errorRate.threshold} and ${ended} >= ${errorRate.minMessages}`,
      '{{ $value | humanizePercentage }} of the messages got no answer.',
    ),
    ...own(
      'channelDown',
      'OpenClawChannelDown',
      'openclaw_channel_up == 0',
      '{{ $labels.channel }}/{{ $labels.account }} is not connected.',
    ),
    ...own(
      'diskLow',
      'OpenClawDiskLow',
      `openclaw_disk_free_bytes < ${diskLow.threshold}`,
      '{{ $value | humanize1024 }}B are free where the state directory lies.',
    ),
    ...own(
      'logContradicted',
      'OpenClawLogContradicted',
      'openclaw_chain_valid == 0',
      'The log is not what was signed, or its chain is broken.',
    ),
    ...own(
      'projectionLag',
      'OpenClawProjectionLag',
      `openclaw_projection_lag_events > ${projectionLag.threshold}`,
      'The view {{ $labels.projection }} is {{ $value }} events behind the log.',
    ),
    ...own(
      'projectionStopped',
      'OpenClawProjectionStopped',
      'openclaw_projection_stopped == 1',
      'The view {{ $labels.projection }} stopped at an event.',
    ),
    ...(tokensPerDay.threshold === undefined
      ? []
      : own(
          'tokensPerDay',
          'OpenClawTokensPerDay',
          `${tokens} > ${tokensPerDay.threshold}`,
          'The models used {{ $value }} tokens in a day.',
        )),
    ...(costPerDay.threshold === undefined
      ? []
      : own(
          'costPerDay',
          'OpenClawCostPerDay',
          `sum(increase(openclaw_model_cost_usd_total[1d])) > ${costPerDay.threshold}`,
          'The models cost {{ $value }} US dollars in a day.',
        )),
    ...own(
      'certificateExpiry',
      'OpenClawCertificateExpiry',
      `openclaw_certificate_expiry_timestamp_seconds - time() < ${certificateExpiry.threshold / 1000}`,
      'The TLS certificate expires in {{ $value | humanizeDuration }}.',
    ),
    ...own(
      'exportFailing',
      'OpenClawExportFailing',
      'increase(openclaw_metrics_export_failures_total[10m]) > 0 or increase(openclaw_trace_export_failures_total[10m]) > 0',
      'Metrics or traces cannot be sent.',
    ),
  ];
}

/** Prometheus knows no fractions of a unit. */
function promDuration(durationMs: number): string {
  return durationMs % 1000 === 0 ? `${durationMs / 1000}s` : `${durationMs}ms`;
}
