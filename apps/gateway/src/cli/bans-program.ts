/** The commands about addresses that are turned away. What they do is in commands/, loaded when called. */
import { type Command, Option } from 'commander';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;
type Parsers = { readonly duration: (input: string) => number };

export function addBans(gateway: Command, leaf: Leaf, { duration }: Parsers): void {
  const bans = gateway.command('bans').description('the addresses that are turned away');
  leaf(bans, 'list', 'which addresses are banned, why and until when', async () => (await import('./commands/gateway-bans.ts')).listBans);
  leaf(bans, 'add <address>', 'turn an address away', async () => (await import('./commands/gateway-bans.ts')).addBan)
    .addOption(new Option('--for <duration>', 'how long, such as 1h; until it is removed when left out').argParser(duration))
    .option('--reason <text>', 'why; kept with it');
  leaf(bans, 'remove <address>', 'let it in again', async () => (await import('./commands/gateway-bans.ts')).removeBan);
}
