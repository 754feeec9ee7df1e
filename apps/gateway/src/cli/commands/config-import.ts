import { constants, copyFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { readText, writeText } from '../../config/file.ts';
import { type Imported, importedText, importConfig as readForeign } from '../../config/import/index.ts';
import { maskSecrets } from '../../config/index.ts';
import type { Context } from '../context.ts';
import { paint, plain, shortPath } from '../output.ts';

export type ImportOptions = { readonly dryRun?: true; readonly force?: true };

const MAX_BACKUPS = 100;

/** Takes over the configuration of OpenClaw itself, and says what was taken, what was not, and what is left to do. */
export async function importConfig(context: Context, options: ImportOptions, file: string | undefined): Promise<undefined> {
  const source = file === undefined ? join(homedir(), '.openclaw', 'openclaw.json') : resolve(file);
  const target = context.paths.config;
  const text = await readText(source);
  if (text === undefined) {
    throw new GatewayError('CONFIG_UNREADABLE', {
      message: `There is no file ${source}.`,
      details: { path: source, remedy: 'Name the file of OpenClaw itself: `openclaw config import <file>`.' },
    });
  }
  const imported = readForeign(text);
  if (options.dryRun) return printPlan(context, imported, source, target);
  const backup = await makeWay(target, options.force === true);
  await writeText(target, importedText(imported, source));
  const { mapped, unmapped, byHand } = imported;
  context.out.result({ ok: true, source, path: target, ...(backup && { backup }), mapped, unmapped, byHand }, () => [
    ...report(imported, source),
    '',
    `Written to ${shortPath(target)}.`,
    ...(backup ? [`What was there is ${shortPath(backup)}.`] : []),
    'Check it with `openclaw config validate`, then start the gateway: `openclaw gateway start`.',
  ]);
  return undefined;
}

/** The file as it would be, without its secrets: output is kept in terminals and logs. */
function printPlan(context: Context, imported: Imported, source: string, target: string): undefined {
  const { mapped, unmapped, byHand } = imported;
  const document = maskSecrets(imported.document) as Record<string, unknown>;
  const text = importedText({ ...imported, document }, source);
  context.out.result({ ok: true, dryRun: true, source, path: target, mapped, unmapped, byHand, text }, () => [
    ...report(imported, source),
    '',
    `${shortPath(target)} would be (secrets are shown as ***; they are written in full):`,
    '',
    plain(text.trimEnd()),
    '',
    'Nothing was written.',
  ]);
  return undefined;
}

function report({ mapped, unmapped, byHand }: Imported, source: string): string[] {
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', paint('bold', title), ...lines.map((line) => plain(`  ${line}`))];
  return [
    `From ${shortPath(source)}:`,
    ...section(
      `Taken over (${mapped.length})`,
      mapped.map(({ from, to, note }) => `${from}${from === to ? '' : ` → ${to}`}${note ? ` (${note})` : ''}`),
    ),
    ...section(
      `To do by hand (${byHand.length})`,
      byHand.map(({ about, todo }) => `${about}: ${todo}`),
    ),
    ...section(
      `Not taken over (${unmapped.length})`,
      unmapped.map(({ from, why }) => `${from}: ${why}`),
    ),
  ];
}

/** Keeps what is there under another name. Throws CONFIG_EXISTS where that was not asked for. */
async function makeWay(target: string, force: boolean): Promise<string | undefined> {
  if ((await readText(target)) === undefined) return undefined;
  if (!force) {
    throw new GatewayError('CONFIG_EXISTS', {
      message: `There is a configuration already: ${target}.`,
      details: { path: target },
    });
  }
  for (let number = 1; number <= MAX_BACKUPS; number++) {
    const backup = number === 1 ? `${target}.bak` : `${target}.bak.${number}`;
    try {
      await copyFile(target, backup, constants.COPYFILE_EXCL);
      return backup;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  throw new GatewayError('CONFIG_EXISTS', { message: `There are ${MAX_BACKUPS} copies of ${target} already.`, details: { path: target } });
}
