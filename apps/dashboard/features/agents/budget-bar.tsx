'use client';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';

type Budget = Outputs['agents']['models']['budgets'][number];

const TONES = { well: 'ok', warned: 'warn', spent: 'bad' } as const;

/** How much of one budget of today is used. */
export function BudgetBar({ budget }: { readonly budget: Budget }) {
  const t = useT();
  const format = useFormat();
  const { scope, of, unit, used, limit, state } = budget;
  const write = unit === 'usd' ? (value: number) => `$${value.toFixed(2)}` : format.compact;
  return (
    <ProgressBar
      label={scope === 'day' || of === undefined ? t.agents.budgetDay : t.agents.budgetOf(of)}
      done={used}
      total={limit}
      tone={TONES[state]}
      format={write}
    />
  );
}
