import { type Definition, METRICS } from '../../apps/gateway/src/operations/metrics/definitions.ts';
import { code, generated, table } from './markdown.ts';

/** docs/metrics.md: every metric family of `GET /metrics`. */
export function metricsPage(): string {
  const introduction = [
    'What `GET /metrics` serves, what is pushed, and what `openclaw metrics grafana` draws. Each family is switched off with the key',
    '`gateway.monitoring.metrics.collect.<switch>`; those without a switch are always there. How to collect them: [monitoring.md](monitoring.md).',
  ].join('\n');
  const groups = Map.groupBy(Object.entries(METRICS) as [string, Definition][], ([, { collect }]) => collect ?? 'always');
  const sections = [...groups].map(([name, families]) => {
    const rows = families.map(([family, { type, labels, help, only }]) => [
      code(family),
      type,
      labels.map(code).join(', '),
      only === undefined ? help : `${help} ${only} only.`,
    ]);
    return `## ${name}\n\n${table(['Name', 'Type', 'Labels', 'Meaning'], rows)}`;
  });
  return `${generated('Metrics', introduction, '`apps/gateway/src/operations/metrics/definitions.ts`')}\n${sections.join('\n\n')}\n`;
}
