/** The commands about tool calls that wait for a person. */
import type { Command } from 'commander';
import type { Context } from './context.ts';

type Action = (context: Context, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;

/** Adds `approvals …`. */
export function addApprovals(program: Command, leaf: Leaf): void {
  const approvals = program.command('approvals').description('tool calls that wait for a person');
  const commands = () => import('./commands/approvals.ts');
  leaf(approvals, 'list', 'what waits, the oldest first', async () => (await commands()).listApprovals);
  leaf(approvals, 'approve <code>', 'let a call run', async () => (await commands()).approve)
    .option('--reason <text>', 'why; kept with it')
    .option('--session', 'and every further call of the tool in its conversation');
  leaf(approvals, 'deny <code>', 'do not let it run', async () => (await commands()).deny).option(
    '--reason <text>',
    'why; the model is told',
  );
}
