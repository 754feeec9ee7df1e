'use client';
import { useQuery } from '@tanstack/react-query';
import CircleAlert from 'lucide-react/icons/circle-alert';
import CircleCheck from 'lucide-react/icons/circle-check';
import LoaderCircle from 'lucide-react/icons/loader-circle';
import { usePaused } from '../../data/feed.ts';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { DoctorPanel } from './doctor-panel.tsx';
import { InstancesPanel } from './instances-panel.tsx';

const POLL_MS = 10_000;

type Component = Outputs['metrics']['components'][number];

const LOOKS = {
  healthy: { Icon: CircleCheck, colour: 'text-ok' },
  degraded: { Icon: CircleAlert, colour: 'text-bad' },
  starting: { Icon: LoaderCircle, colour: 'text-warn' },
  stopping: { Icon: LoaderCircle, colour: 'text-warn' },
} as const;

/** How each part of the gateway is, and what the doctor finds. */
export function HealthView() {
  const t = useT();
  const paused = usePaused();
  const components = useQuery({ ...trpc.metrics.components.queryOptions(), refetchInterval: paused ? false : POLL_MS });
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <Panel title={t.metrics.components}>
        <Loaded query={components} skeleton={<Skeleton lines={9} className="p-4" />}>
          {(list) => <DataTable label={t.metrics.components} columns={columnsOf(t)} rows={inTree(list)} keyOf={({ id }) => id} />}
        </Loaded>
      </Panel>
      <InstancesPanel />
      <DoctorPanel />
    </div>
  );
}

/** Each part, and below it those that it is made of. */
function inTree(list: readonly Component[]): readonly Component[] {
  return list.filter(({ parent }) => parent === undefined).flatMap((part) => [part, ...list.filter(({ parent }) => parent === part.id)]);
}

function columnsOf(t: ReturnType<typeof useT>): readonly Column<Component>[] {
  const names: Readonly<Record<string, string>> = t.metrics.parts;
  return [
    {
      id: 'part',
      title: t.metrics.component,
      cell: ({ id, parent }) => (
        <span className={classNames('break-all', parent === undefined ? 'font-medium' : 'pl-5 text-ink-2')}>
          {parent === undefined ? (names[id] ?? id) : id}
        </span>
      ),
    },
    { id: 'state', title: t.metrics.status, cell: ({ status }) => <Status status={status} /> },
    { id: 'since', title: t.metrics.statusSince, from: 'sm', cell: ({ since }) => <Time value={since} className="text-ink-3" /> },
    {
      id: 'problem',
      title: t.metrics.lastProblem,
      cell: ({ problem, lastProblem }) =>
        lastProblem === undefined ? (
          <span className="text-ink-3">{t.metrics.noProblem}</span>
        ) : (
          <span className={classNames('foreign-text', problem === undefined ? 'text-ink-3' : 'text-bad')}>
            {lastProblem.message}
            {problem === undefined ? (
              <>
                {' '}
                <Time value={lastProblem.time} />
              </>
            ) : null}
          </span>
        ),
    },
  ];
}

function Status({ status }: Pick<Component, 'status'>) {
  const t = useT();
  const { Icon, colour } = LOOKS[status];
  return (
    <span className={classNames('inline-flex items-center gap-1.5 whitespace-nowrap', colour)}>
      <Icon aria-hidden className="size-4" />
      {t.metrics.statuses[status]}
    </span>
  );
}
