'use client';
import { useQuery } from '@tanstack/react-query';
import CircleAlert from 'lucide-react/icons/circle-alert';
import CircleCheck from 'lucide-react/icons/circle-check';
import CircleDashed from 'lucide-react/icons/circle-dashed';
import Flame from 'lucide-react/icons/flame';
import { usePaused } from '../../data/feed.ts';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Panel } from '../../ui/panel.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { share } from './figures.ts';

const POLL_MS = 60_000;
/** While there is nothing to judge the first figures are waited for. */
const POLL_FIRST_MS = 10_000;

type Objective = Outputs['metrics']['objectives'][number];

const LOOKS = {
  unknown: { Icon: CircleDashed, colour: 'text-ink-3', bar: 'bg-ink-3' },
  met: { Icon: CircleCheck, colour: 'text-ok', bar: 'bg-ok' },
  burning: { Icon: Flame, colour: 'text-warn', bar: 'bg-warn' },
  spent: { Icon: CircleAlert, colour: 'text-bad', bar: 'bg-bad' },
} as const;

/** Whether what the gateway should do is done, and how fast what may go wrong is used up. */
export function Objectives() {
  const t = useT();
  const paused = usePaused();
  const objectives = useQuery({
    ...trpc.metrics.objectives.queryOptions(),
    refetchInterval: ({ state }) => {
      if (paused) return false;
      return state.data?.some((objective) => objective.state === 'unknown') ? POLL_FIRST_MS : POLL_MS;
    },
  });
  return (
    <Panel title={t.metrics.objectives} note={t.metrics.objectivesNote}>
      <Loaded query={objectives} skeleton={<Skeleton lines={4} className="p-4" />}>
        {(list) => (
          <ul className="grid gap-px overflow-hidden rounded-b-lg bg-line sm:grid-cols-2 xl:grid-cols-4">
            {list.map((objective) => (
              <li key={objective.name} data-objective={objective.name} data-state={objective.state} className="bg-surface px-4 py-3">
                <ObjectiveCard objective={objective} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function ObjectiveCard({ objective }: { readonly objective: Objective }) {
  const t = useT();
  const format = useFormat();
  const { name, target, all, bad, budgetLeft, burn, state } = objective;
  const { Icon, colour, bar } = LOOKS[state];
  const left = Math.max(0, Math.min(1, budgetLeft));
  return (
    <>
      <p className="text-xs text-ink-2">{t.metrics.objective[name]}</p>
      <p className="mt-0.5 flex flex-wrap items-baseline gap-x-2">
        <span className="text-xl font-semibold figures">
          {all === 0 ? '–' : share(format, Math.floor((1 - bad / all) * 10_000) / 10_000)}
        </span>
        <span className={classNames('inline-flex items-center gap-1 self-center text-xs font-medium', colour)}>
          <Icon aria-hidden className="size-3.5" />
          {t.metrics.states[state]}
        </span>
      </p>
      <p className="text-xs text-ink-3">
        {t.metrics.target(share(format, target))}
        {all === 0 ? '' : ` · ${t.metrics.badOf(format.number(bad), format.number(all))}`}
      </p>
      <div aria-hidden className="mt-2 h-1 overflow-hidden rounded bg-sunken">
        <div className={classNames('h-full', bar)} style={{ width: `${all === 0 ? 0 : left * 100}%` }} />
      </div>
      <p className="mt-1 text-xs text-ink-3 figures">
        {budgetLeft < 0 ? t.metrics.overspent(format.decimal(1 - budgetLeft)) : t.metrics.budgetLeft(share(format, left))}
        {all === 0 ? '' : ` · ${t.metrics.burn(format.decimal(burn.hour), format.decimal(burn.sixHours))}`}
      </p>
    </>
  );
}
