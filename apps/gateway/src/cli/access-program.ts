/** The commands about tokens and devices. What they do is in commands/, loaded when called. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ROLE_NAMES } from '../access/roles.ts';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;
type Parsers = { readonly duration: (input: string) => number };

export function addAccess(program: Command, leaf: Leaf, { duration }: Parsers): void {
  const tokens = program.command('tokens').description('service tokens: what programs come in with');
  leaf(tokens, 'create', 'make one; it is printed this once', async () => (await import('./commands/tokens.ts')).createToken)
    .requiredOption('--name <name>', 'what it is for, such as ci')
    .addOption(new Option('--role <roles...>', 'what its holder may do').choices(ROLE_NAMES).makeOptionMandatory())
    .addOption(new Option('--scope <permissions>', 'only these of what the role may do, separated by commas').argParser(permissionList))
    .addOption(
      new Option('--expires <duration>', 'how long it is good, such as 90d; what the configuration says when left out').argParser(duration),
    )
    .addHelpText('after', '\nRoles, scopes and how a program renews its token: docs/tokens.md.');
  leaf(
    tokens,
    'list',
    'those there are, and when each was last used',
    async () => (await import('./commands/tokens.ts')).listTokens,
  ).option('--all', 'those that were revoked, too');
  leaf(
    tokens,
    'rotate <id>',
    'make a new one in place of it; the old one and its connections end at once',
    async () => (await import('./commands/tokens.ts')).rotateToken,
  );
  leaf(tokens, 'revoke <id>', 'end it and its connections at once', async () => (await import('./commands/tokens.ts')).revokeToken);

  const devices = program.command('devices').description('devices of people that come in with a key of their own');
  const as = (command: Command) => command.option('--as <role>', 'the role in which it connects', 'operator');
  leaf(
    devices,
    'list',
    'those that wait to be approved, and those that may come in',
    async () => (await import('./commands/devices.ts')).listDevices,
  );
  leaf(devices, 'approve <request>', 'let one in that waits', async () => (await import('./commands/devices.ts')).approveDevice).addOption(
    new Option('--role <role>', 'what its owner may do').choices(ROLE_NAMES).default('operator'),
  );
  leaf(devices, 'reject <request>', 'turn one away that waits', async () => (await import('./commands/devices.ts')).rejectDevice);
  as(
    leaf(
      devices,
      'rotate <device>',
      'give it a new token when it connects next; the old one ends at once',
      async () => (await import('./commands/devices.ts')).rotateDevice,
    ),
  );
  as(
    leaf(devices, 'revoke <device>', 'end its token and its connections at once', async () => {
      return (await import('./commands/devices.ts')).revokeDevice;
    }),
  );
}

function permissionList(input: string): string[] {
  const names = input.split(',').map((name) => name.trim());
  if (names.every((name) => /^[a-z]+\.[a-z]+$/.test(name))) return names;
  throw new InvalidArgumentError('Expected permissions separated by commas, such as messages.send,status.read.');
}
