/** The commands that copy a state directory, go back to a copy, and bring one up to date. What they do is in commands/, loaded when called. */
import type { Command } from 'commander';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;

export function addBackup(program: Command, leaf: Leaf): void {
  const backup = program.command('backup').description('copies of everything: make one, check one, go back to one');
  leaf(backup, 'create', 'copy everything, while the gateway runs or not', async () => (await import('./commands/backup.ts')).createBackup)
    .option('-o, --output <folder>', 'the folder to make; one named by the time in ~/.openclaw/backups when left out')
    .option('--keys <folder>', 'put the keys into another folder, to keep them apart from the log')
    .option('--without-keys', 'leave the keys out')
    .addHelpText(
      'after',
      '\nThe keys open what people wrote. Whoever has an old copy of them and of the log can read what was erased since:\nkeep them apart (--keys) and only for a short time. Without any copy of them the words are lost with the disk.',
    );
  leaf(
    backup,
    'verify <folder>',
    'check every file of a backup and the log in it',
    async () => (await import('./commands/backup.ts')).verify,
  )
    .option('--keys <folder>', 'where its keys were put')
    .option('--witness <file>', 'checkpoints that were kept elsewhere');
  leaf(
    backup,
    'restore <folder>',
    'go back to a backup; the gateway must be stopped',
    async () => (await import('./commands/backup.ts')).restore,
  )
    .option('--keys <folder>', 'where its keys were put')
    .option('--force', 'move what is there aside')
    .option('--without-config', 'leave the configuration, the token and the service environment as they are');
  leaf(
    program,
    'migrate',
    'bring the files of a stopped gateway up to date; starting it does the same',
    async () => (await import('./commands/migrate.ts')).migrate,
  ).option('--dry-run', 'do it on a copy, check that, and change nothing');
}
