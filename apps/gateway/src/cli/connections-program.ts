/** The commands about chat services, who may write to the agents over them, and where a message goes. */
import type { Command, Option } from 'commander';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;

type Parsers = { readonly limit: (standard: number, most: number) => Option };

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

const HOLDS = {
  pause: 'take and send nothing until it is resumed; what waits is kept',
  drain: 'take nothing new, answer what was taken, then pause',
  resume: 'take messages again',
} as const;

/** `channels …` beside `status`. */
export function addChannelActions(channels: Command, leaf: Leaf, { limit }: Parsers): void {
  for (const action of ['pause', 'drain', 'resume'] as const) {
    leaf(channels, `${action} <channel[/account]>`, HOLDS[action], async () =>
      (await import('./commands/channels-status.ts')).holdChannel(action),
    );
  }
  const letters = channels.command('dead-letters').description('replies that could not be sent, and were given up');
  const of = async () => await import('./commands/dead-letters.ts');
  leaf(letters, 'list', 'the newest', async () => (await of()).listDeadLetters)
    .addOption(limit(50, 200))
    .option('--before <position>', 'older than this position, as the end of a list says')
    .option('--channel <name>', 'of this channel');
  leaf(letters, 'show <message>', 'one, with its text and every attempt', async () => (await of()).showDeadLetter);
  leaf(letters, 'resubmit <message>', 'send it again, also one that is held', async () => (await of()).resubmitDeadLetter);
  leaf(letters, 'discard <message>', 'leave it unsent for good, also one that is held', async () => (await of()).discardDeadLetter).option(
    '--reason <text>',
    'why; kept with it',
  );
}
