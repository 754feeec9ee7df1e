/** The commands that show that the log is what was written. What they do is in commands/, loaded when called. */
import { type Command, Option } from 'commander';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;
type Parsers = { readonly whole: (input: string) => number };

export function addIntegrity(program: Command, leaf: Leaf, { whole }: Parsers): void {
  const audit =
    program.commands.find((command) => command.name() === 'audit') ?? program.command('audit').description('who did what, and proof of it');
  leaf(audit, 'verify', 'check that the log is what was written', async () => (await import('./commands/audit-verify.ts')).verifyAudit)
    .addOption(new Option('--from <position>', 'begin here; 1 checks the whole log').argParser(whole))
    .addOption(new Option('--to <position>', 'end here').argParser(whole))
    .option('--witness <file>', 'checkpoints that were kept elsewhere')
    .option('--pubkey <key...>', 'trust this key, not the one beside the log (see `openclaw audit pubkey`)')
    .option('--attachments', 'check the files of messages, too')
    .option('--bundle <path>', 'check an exported session, or the folder of an audit export, instead of the log')
    .addHelpText(
      'after',
      '\nWithout --from it goes on where the last check ended. The exit code is 1 when something is not what was written.\nWithout a witness it cannot tell when the end of the log was cut off.',
    );
  leaf(
    audit,
    'checkpoint',
    'print the newest signed checkpoint',
    async () => (await import('./commands/audit-checkpoint.ts')).printCheckpoint,
  );
  leaf(
    audit,
    'pubkey',
    'print the key that checkpoints are checked with',
    async () => (await import('./commands/audit-checkpoint.ts')).printPubkey,
  );
}
