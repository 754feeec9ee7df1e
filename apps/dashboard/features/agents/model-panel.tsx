'use client';
import { useQuery } from '@tanstack/react-query';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { BudgetBar } from './budget-bar.tsx';

const POLL_MS = 5_000;
const TONES = { closed: 'ok', open: 'bad', trial: 'warn' } as const;

type Endpoint = Outputs['agents']['models']['endpoints'][number];

/** How the endpoints of models are, and how much of the budgets is used. */
export function ModelPanel() {
  const t = useT();
  const format = useFormat();
  const models = useQuery({ ...trpc.agents.models.queryOptions(), refetchInterval: POLL_MS });
  const columns: readonly Column<Endpoint>[] = [
    { id: 'provider', title: t.agents.provider, cell: ({ provider }) => <span className="font-mono text-xs">{provider}</span> },
    {
      id: 'endpoint',
      title: t.agents.endpoint,
      from: 'sm',
      cell: ({ endpoint }) => <span className="font-mono text-xs">{endpoint ?? '–'}</span>,
    },
    {
      id: 'circuit',
      title: t.agents.circuit,
      cell: ({ circuit, pausedUntil }) => (
        <span className="flex flex-wrap items-center gap-2">
          <Badge tone={TONES[circuit]}>{t.agents.circuits[circuit]}</Badge>
          {pausedUntil === undefined ? null : (
            <span className="text-xs text-ink-3">
              {t.agents.until} <Time value={pausedUntil} as="clock" />
            </span>
          )}
        </span>
      ),
    },
    { id: 'flight', title: t.agents.inFlight, align: 'right', cell: ({ inFlight }) => format.number(inFlight) },
    {
      id: 'latency',
      title: t.agents.latency,
      align: 'right',
      from: 'sm',
      cell: ({ latencyMs }) => (latencyMs === undefined ? '–' : format.duration(latencyMs)),
    },
  ];
  return (
    <Loaded query={models}>
      {({ endpoints, budgets, resetsAt }) => (
        <div className="grid items-start gap-4 p-4 xl:grid-cols-[minmax(0,1fr)_24rem]">
          <Panel title={t.agents.endpoints}>
            <DataTable
              label={t.agents.endpoints}
              columns={columns}
              rows={endpoints}
              keyOf={({ provider, endpoint }) => `${provider} ${endpoint ?? ''}`}
              empty={<p className="px-4 py-6 text-center text-sm text-ink-3">{t.agents.endpointsNone}</p>}
            />
          </Panel>
          <Panel title={t.agents.budgets}>
            <div className="flex flex-col gap-3 p-4">
              {budgets.length === 0 ? <p className="text-sm text-ink-3">{t.agents.budgetsNone}</p> : null}
              {budgets.map((budget) => (
                <BudgetBar key={`${budget.scope} ${budget.of ?? ''} ${budget.unit}`} budget={budget} />
              ))}
              {budgets.length === 0 ? null : <p className="text-xs text-ink-3">{t.agents.resets(format.full(resetsAt))}</p>}
            </div>
          </Panel>
        </div>
      )}
    </Loaded>
  );
}
