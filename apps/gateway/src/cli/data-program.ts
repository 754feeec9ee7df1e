/** The commands about people's data. */
import { type Command, Option } from 'commander';
import type { Context } from './context.ts';

type Action = (context: Context, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;

/** Adds `data …`. */
export function addData(program: Command, leaf: Leaf): void {
  const data = program.command('data').description("people's data: erase it, hold it, put away what is old");
  const why = (command: Command) => command.requiredOption('--reason <text>', 'why; kept for ever, so name nobody in it');
  const whom = (command: Command) =>
    why(command)
      .addOption(new Option('--subject <person>', 'a person, as channel:id or sub_…').conflicts('session'))
      .option('--session <id>', 'a conversation');
  why(
    leaf(data, 'erase', "make a person's data unreadable for good", async () => (await import('./commands/data.ts')).eraseData)
      .requiredOption('--subject <person>', 'the person, as channel:id or sub_…')
      .option('--dry-run', 'only say what would be erased'),
  );
  leaf(
    data,
    'retain',
    'remove what has had its time and archive what is old',
    async () => (await import('./commands/data.ts')).retainData,
  ).option('--dry-run', 'only say what would be done');
  const hold = data.command('hold').description('legal holds: what is held is neither erased nor archived nor removed');
  whom(leaf(hold, 'add', 'put a hold on a person or a conversation', async () => (await import('./commands/data.ts')).addHold));
  whom(leaf(hold, 'remove', 'remove a hold', async () => (await import('./commands/data.ts')).removeHold));
  leaf(hold, 'list', 'the holds', async () => (await import('./commands/data.ts')).listHolds);
}
