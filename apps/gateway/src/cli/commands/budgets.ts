/** `openclaw budgets`: what is used of the budgets today, from the running gateway. */
import type { BudgetList, BudgetRow } from '../../budgets/index.ts';
import type { Context } from '../context.ts';
import { formatTime, paint, table } from '../output.ts';

const COLOURS = { well: 'green', warned: 'yellow', spent: 'red' } as const;

export async function listBudgets(context: Context): Promise<undefined> {
  const answer = await (await context.api()).get<BudgetList>('/api/budgets');
  context.out.result(answer, () => describe(answer));
}

function describe({ day, timeZone, resetsAt, budgets }: BudgetList): string[] {
  if (budgets.length === 0) return ['There are no budgets, or nobody they are of used anything today: see budgets in the configuration.'];
  const rows = budgets.map((row) => [
    row.of === undefined ? 'day' : `${row.scope} ${row.of}`,
    `${amount(row, row.used)} of ${amount(row, row.limit)}`,
    `${row.limit === 0 ? 100 : Math.floor((row.used / row.limit) * 100)} %`,
    paint(COLOURS[row.state], row.state === 'spent' ? 'used up' : row.state),
  ]);
  return [...table(['BUDGET', 'USED', 'SHARE', 'STATE'], rows), '', `For ${day} (${timeZone}); whole again at ${formatTime(resetsAt)}.`];
}

const amount = ({ unit }: BudgetRow, value: number) => (unit === 'usd' ? `$${value.toFixed(2)}` : `${value} tokens`);
