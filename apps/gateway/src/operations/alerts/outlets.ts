import type { AuditFeed } from '../../export/index.ts';
import type { Witnesses } from '../../integrity/index.ts';
import type { MetricsExport } from '../metrics/export/index.ts';
import type { Traces } from '../traces/index.ts';
import type { Outlet } from './facts.ts';

type Senders = {
  readonly metricsExport: Pick<MetricsExport, 'status'>;
  readonly traces: Pick<Traces, 'status'>;
  readonly auditFeed: Pick<AuditFeed, 'status'>;
  readonly witnesses: Pick<Witnesses, 'status'>;
};

/** Everything that sends to elsewhere and is on, with how it is. */
export function outlets({ metricsExport, traces, auditFeed, witnesses }: Senders): readonly Outlet[] {
  const found = [
    { name: 'metrics', ...metricsExport.status() },
    { name: 'traces', ...traces.status() },
    { name: 'audit', ...auditFeed.status() },
    ...witnesses.status().map(({ destination, ...status }) => ({ name: `witness ${destination}`, ...status })),
  ];
  return found
    .filter(({ state }) => state !== 'off')
    .map(({ name, state, ...rest }) => ({
      name: name.slice(0, 100),
      state: state === 'failing' ? 'failing' : state === 'starting' ? 'starting' : 'well',
      ...('problem' in rest && rest.problem !== undefined && { problem: rest.problem }),
    }));
}
