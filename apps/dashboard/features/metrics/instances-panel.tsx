'use client';
import { useQuery } from '@tanstack/react-query';
import { usePaused } from '../../data/feed.ts';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Time } from '../../ui/time.tsx';

const POLL_MS = 5_000;

type Instance = Outputs['metrics']['instances'][number];

const COLOURS = { leading: 'font-medium text-ok', standing_by: 'text-ink-2', draining: 'text-warn', gone: 'text-bad' } as const;

/** The instances that share the log, and which of them leads; nothing where there is only this one. */
export function InstancesPanel() {
  const t = useT();
  const format = useFormat();
  const paused = usePaused();
  const { data = [] } = useQuery({ ...trpc.metrics.instances.queryOptions(), refetchInterval: paused ? false : POLL_MS });
  if (data.length === 0) return null;
  const head = Math.max(...data.map(({ position }) => position));
  const columns: readonly Column<Instance>[] = [
    { id: 'name', title: t.metrics.instance, cell: ({ name }) => <span className="font-medium break-all">{name}</span> },
    { id: 'state', title: t.metrics.status, cell: ({ state }) => <span className={COLOURS[state]}>{t.metrics.turns[state]}</span> },
    { id: 'address', title: t.metrics.address, from: 'sm', cell: ({ address }) => <span className="break-all text-ink-2">{address}</span> },
    { id: 'version', title: t.metrics.version, from: 'sm', cell: ({ version }) => version },
    {
      id: 'behind',
      title: t.metrics.behind,
      cell: ({ position }) => (
        <span className={classNames('figures', head > position ? 'text-ink' : 'text-ink-3')}>{format.number(head - position)}</span>
      ),
    },
    { id: 'started', title: t.metrics.started, from: 'sm', cell: ({ startedAt }) => <Time value={startedAt} className="text-ink-3" /> },
  ];
  return (
    <Panel title={t.metrics.instances}>
      <DataTable label={t.metrics.instances} columns={columns} rows={data} keyOf={({ instanceId }) => instanceId} />
    </Panel>
  );
}
