import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { name } from './shared.ts';

/** What a budget is of: all of a day's questions to models, those of one agent, or those of one session. */
const scope = z.enum(['day', 'agent', 'session']);
const unit = z.enum(['tokens', 'usd']);

const reached = z.object({
  scope,
  /** The agent or the session. */
  of: name.optional(),
  unit,
  /** The day in the time zone of the budgets, as 2026-01-31. */
  day: z.string().regex(/^\d{4}-\d\d-\d\d$/),
  used: z.number().nonnegative(),
  limit: z.number().nonnegative(),
});

const sentence = (d: z.output<typeof reached>) => {
  const whose = d.scope === 'day' ? 'The budget' : `The budget of ${d.scope} ${d.of ?? ''}`;
  return `${whose} for ${d.day}: ${amount(d.used, d.unit)} of ${amount(d.limit, d.unit)}`;
};
const amount = (value: number, of: 'tokens' | 'usd') => (of === 'usd' ? `$${value.toFixed(2)}` : `${value} tokens`);

export const BudgetWarned = defineEvent('budget.warned', {
  version: 1,
  description: 'Most of a budget is used up.',
  schema: reached,
  summary: (d) => `${sentence(d)} are used`,
  retention: 'audit',
  severity: 'warn',
});

export const BudgetSpent = defineEvent('budget.spent', {
  version: 1,
  description: 'A budget is used up: no model is asked for it before the next day.',
  schema: reached,
  summary: (d) => `${sentence(d)}: used up`,
  retention: 'audit',
  severity: 'error',
});

export type BudgetState = { readonly told: ReadonlySet<string> };

export const Budget = defineAggregate<BudgetState>({
  name: 'budget',
  events: [BudgetWarned, BudgetSpent],
  initial: () => ({ told: new Set() }),
  evolve: (state, event) => {
    if (!BudgetWarned.is(event) && !BudgetSpent.is(event)) return state;
    const { scope: of, of: whose = '', unit: counted, day } = event.data;
    return { told: new Set([...state.told, `${event.type} ${day} ${of} ${whose} ${counted}`]) };
  },
});
