/** The commands of the configuration. What they do is in commands/, loaded when called. */
import { type Command, Option } from 'commander';
import type { Context } from './context.ts';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;
type Parsers = { readonly whole: (input: string) => number; readonly limit: (fallback: number, max: number) => Option };

const VALUE_HELP = `
The value is read as JSON5, else as text; a secret may be in the environment or in a file:
  openclaw config set gateway.sessions.historyRetention 1d
  openclaw config set channels.telegram.allowFrom '["12345"]'
  openclaw config set channels.telegram.botToken '{ file: "/run/secrets/telegram" }'`;
const MOMENTS_HELP = `
A version is named by its position, by a moment at which it was in force (2026-11-22T09:30:00Z, -15m), or by its hash.`;

export function addConfig(program: Command, leaf: Leaf, { whole, limit }: Parsers): void {
  const config = program.command('config').description('read and change the configuration');
  leaf(config, 'get [path]', 'print a key, or everything that is set', async () => getNowOrThen).option(
    '--at <moment>',
    'as it was at a position, a time, or so long ago: 1234, 2026-11-22T09:30:00Z, -15m',
  );
  const change = (command: Command) =>
    command
      .option('--dry-run', 'say what would change, and change nothing')
      .option('--base <hash>', 'only if the file still has this hash, which `config file --hash` printed')
      .option('--reason <text>', 'why, for the history');
  change(
    leaf(config, 'set <path> <value>', 'set a key; comments in the file stay', async () => {
      return (await import('./commands/config.ts')).setConfig;
    }),
  ).addHelpText('after', VALUE_HELP);
  change(
    leaf(config, 'unset <path>', 'remove a key, so that its default holds', async () => (await import('./commands/config.ts')).unsetConfig),
  );
  leaf(config, 'validate [file]', 'check the configuration file', async () => (await import('./commands/config.ts')).validateConfig);
  leaf(config, 'file', 'print where the configuration file is', async () => (await import('./commands/config.ts')).configFile).option(
    '--hash',
    'print its hash instead, for --base',
  );
  leaf(
    config,
    'schema',
    'print the JSON Schema of the configuration',
    async () => (await import('./commands/config-schema.ts')).printSchema,
  );

  leaf(config, 'history', 'the versions of the configuration, newest first', async () => {
    return (await import('./commands/config-history.ts')).configHistory;
  })
    .addOption(limit(20, 500))
    .addOption(new Option('--before <position>', 'older than this position').argParser(whole));
  // A moment such as -15m looks like an option.
  leaf(config, 'diff [a] [b]', 'what differs: the file and what runs, or two versions or files', async () => {
    return (await import('./commands/config-diff.ts')).diffConfig;
  })
    .allowUnknownOption()
    .addHelpText('after', `${MOMENTS_HELP}\nWith one version or file: what is in force otherwise than it.`);
  change(
    leaf(config, 'rollback <version>', 'put an earlier version in force again, as a new one', async () => {
      return (await import('./commands/config-history.ts')).rollbackConfig;
    }).allowUnknownOption(),
  ).addHelpText('after', `${MOMENTS_HELP}\nSecrets keep their present values: the history never has them.`);
  leaf(config, 'import [file]', 'take over the configuration of OpenClaw itself', async () => {
    return (await import('./commands/config-import.ts')).importConfig;
  })
    .option('--dry-run', 'print what would be written, and write nothing')
    .option('--force', 'replace a configuration that exists; it is kept as .bak');
}

async function getNowOrThen(context: Context, { at }: { readonly at?: string }, path: string | undefined): Promise<undefined> {
  if (at === undefined) return (await import('./commands/config.ts')).getConfig(context, {}, path);
  return (await import('./commands/config-at.ts')).getConfigAt(context, at, path);
}
