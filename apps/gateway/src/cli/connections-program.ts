/** The commands about chat services, who may write to the agents over them, and where a message goes. */
import type { Command } from 'commander';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;

export function addRoute(program: Command, leaf: Leaf): void {
  const route = program.command('route').description('which agent a message goes to');
  leaf(route, 'explain', 'every rule, whether it matches and why; nothing is written', async () => {
    return (await import('./commands/route-explain.ts')).explainRoute;
  })
    .requiredOption('--channel <name>', 'the channel that the message comes by')
    .option('--account <name>', 'the account of the channel', 'default')
    .requiredOption('--from <id>', 'the id of the sender, as the channel names it')
    .option('--group <id>', 'written in this group or channel')
    .option('--thread <id>', 'written in this thread')
    .option('--role <roles...>', 'roles that the sender has in the group')
    .option('--text <text>', 'what it says', '')
    .option('--at <time>', 'when it comes, such as 2026-11-29T18:30; now when left out');
}

export function addPairing(program: Command, leaf: Leaf): void {
  const pairing = program.command('pairing').description('who may write because of a code that they were told');
  const of = async () => await import('./commands/pairing.ts');
  leaf(pairing, 'list', 'who waits to be let in, and who was', async () => (await of()).listPairing);
  leaf(pairing, 'approve <code>', 'let in whoever was told this code', async () => (await of()).approvePairing);
  leaf(pairing, 'reject <code>', 'do not let in whoever was told this code', async () => (await of()).rejectPairing);
  leaf(pairing, 'revoke <channel> <sender>', 'let somebody write no more who was let in', async () => (await of()).revokePairing).option(
    '--account <name>',
    'the account of the channel',
    'default',
  );
}
