'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Said, useSayError } from '../../ui/said.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';

type Schedule = Outputs['agents']['schedules'][number];
type Extension = Outputs['agents']['extensions'][number];

/** Messages at set times, and what third parties add. */
export function Beside() {
  return (
    <div className="flex flex-col gap-4 p-4">
      <Schedules />
      <Extensions />
    </div>
  );
}

function Schedules() {
  const t = useT();
  const sayError = useSayError();
  const format = useFormat();
  const cache = useQueryClient();
  const schedules = useQuery(trpc.agents.schedules.queryOptions());
  const me = useQuery(trpc.frame.me.queryOptions());
  const may = me.data?.permissions.includes('sessions.control') ?? false;
  const [asking, setAsking] = useState<string>();
  const run = useMutation(
    trpc.agents.runSchedule.mutationOptions({
      onSuccess: () => toast(t.agents.ran),
      onError: sayError,
      onSettled: () => {
        setAsking(undefined);
        void cache.invalidateQueries(trpc.agents.schedules.queryFilter());
      },
    }),
  );
  const columns: readonly Column<Schedule>[] = [
    {
      id: 'name',
      title: t.agents.schedule,
      cell: ({ name, enabled }) => (
        <span className="flex items-center gap-2 font-medium">
          {name} {enabled ? null : <Badge>{t.agents.off}</Badge>}
        </span>
      ),
    },
    {
      id: 'cron',
      title: t.agents.cron,
      cell: ({ cron, timeZone }) => (
        <span className="font-mono text-xs">
          {cron} <span className="text-ink-3">{timeZone}</span>
        </span>
      ),
    },
    { id: 'next', title: t.agents.next, from: 'sm', cell: ({ next }) => (next === undefined ? '–' : format.day(next)) },
    {
      id: 'last',
      title: t.agents.last,
      from: 'md',
      cell: ({ last }) =>
        last === undefined ? (
          '–'
        ) : (
          <span className={last.outcome === 'failed' ? 'text-bad' : ''}>
            {t.agents.outcomes[last.outcome]} <Time value={last.at} className="text-xs text-ink-3" />
          </span>
        ),
    },
    {
      id: 'run',
      title: '',
      align: 'right',
      cell: ({ name }) => (may ? <Button onClick={() => setAsking(name)}>{t.agents.run}</Button> : null),
    },
  ];
  return (
    <Panel title={t.agents.schedules}>
      <Loaded query={schedules}>
        {(rows) => (
          <DataTable
            label={t.agents.schedules}
            columns={columns}
            rows={rows}
            keyOf={({ name }) => name}
            empty={<p className="px-4 py-6 text-center text-sm text-ink-3">{t.agents.schedulesNone}</p>}
          />
        )}
      </Loaded>
      <ConfirmDialog
        open={asking !== undefined}
        title={t.agents.runTitle(asking ?? '')}
        action={t.agents.run}
        busy={run.isPending}
        onConfirm={() => asking !== undefined && run.mutate({ name: asking })}
        onClose={() => setAsking(undefined)}
      >
        <p>{t.agents.runWhat}</p>
      </ConfirmDialog>
    </Panel>
  );
}

const STATE_TONES: Record<Extension['state'], Tone> = {
  starting: 'accent',
  running: 'ok',
  waiting: 'warn',
  stopped: 'bad',
  off: 'neutral',
};

function Extensions() {
  const t = useT();
  const extensions = useQuery(trpc.agents.extensions.queryOptions());
  return (
    <Panel title={t.agents.extensions}>
      <Loaded query={extensions}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="px-4 py-6 text-center text-sm text-ink-3">{t.agents.extensionsNone}</p>
          ) : (
            <ul className="divide-y divide-line">
              {rows.map((row) => (
                <li key={row.name} className="flex flex-col gap-1 px-4 py-2.5 text-sm">
                  <span className="flex flex-wrap items-center gap-2">
                    <span className="font-medium">{row.name}</span>
                    <span className="text-ink-3">{row.version}</span>
                    <Badge tone={STATE_TONES[row.state]}>{t.agents.extensionStates[row.state]}</Badge>
                    {row.restarts > 0 ? <span className="text-xs text-warn">{t.agents.restarts(row.restarts)}</span> : null}
                  </span>
                  <span className="text-xs text-ink-2">
                    {t.agents.adds}: {[...row.channels, ...row.models, ...row.tools, ...row.routers].join(', ') || t.common.none}
                  </span>
                  <span className="font-mono text-2xs break-all text-ink-3">
                    {t.agents.integrity} {row.integrity}
                  </span>
                  {row.problem ? (
                    <span className="text-bad foreign-text">
                      <Said problem={row.problem} />
                    </span>
                  ) : null}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}
