/** The commands of the audit trail. What they do is in commands/, loaded when called. */
import { type Command, Option } from 'commander';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;
type Parsers = { readonly whole: (input: string) => number; readonly limit: (fallback: number, max: number) => Option };

const MOMENT = 'such as 2026-11-22, 2026-11-22T09:30Z, -7d or yesterday';

export function addAudit(program: Command, leaf: Leaf, { whole, limit }: Parsers): void {
  const audit =
    program.commands.find((command) => command.name() === 'audit') ?? program.command('audit').description('who did what, and proof of it');
  const scope = (command: Command) =>
    command
      .option('--class <classes>', 'authentication, authorization, configuration, admin, tool, data_access, export, retention, gateway')
      .option('-q, --query <query>', 'that match a query (docs/query-language.md)')
      .option('--session <id>', 'of this session')
      .option('--channel <ids>', 'of these channels')
      .option('--from <time>', `since then, ${MOMENT}`)
      .option('--to <time>', 'before then');

  scope(
    leaf(
      audit,
      'list',
      'who did what, when, where, how it ended and why',
      async () => (await import('./commands/audit-list.ts')).listAudit,
    ),
  )
    .addOption(limit(50, 200))
    .addOption(new Option('--before <position>', 'older than this position').argParser(whole));

  scope(
    leaf(audit, 'export', 'write events and the proof of them to a folder', async () => {
      return (await import('./commands/audit-export.ts')).exportAudit;
    }),
  )
    .addOption(
      new Option('--format <format>', 'CloudEvents, a table, or what a SIEM reads')
        .choices(['jsonl', 'csv', 'cef', 'ocsf'])
        .default('jsonl'),
    )
    .requiredOption('-o, --output <folder>', 'the folder to write; it must not exist yet')
    .option('--type <types>', 'these types, such as message.received or run.*')
    .addOption(new Option('--mask <profile>', 'what is hidden; as configured when left out').choices(['none', 'default', 'strict']))
    .option('--gzip', 'compress the events')
    .option('--resume', 'go on with an export that was interrupted')
    .addHelpText(
      'after',
      '\nCtrl+C interrupts it; the same command with --resume goes on.\n  openclaw audit export --format csv --from -30d --class authentication,admin -o audit-november',
    );
}
