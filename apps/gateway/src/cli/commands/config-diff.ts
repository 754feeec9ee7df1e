import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { compare } from '../../config/changes.ts';
import { readText } from '../../config/file.ts';
import { type ConfigChange, maskSecrets } from '../../config/index.ts';
import { readDocument } from '../../config/read.ts';
import type { Context } from '../context.ts';
import { formatTime, shortPath } from '../output.ts';
import { describeChange } from './config-changes.ts';
import { versionAt } from './config-history.ts';

type Side = { readonly name: string; readonly document: unknown };
type Unapplied = {
  readonly changes: readonly (ConfigChange & { readonly waitsFor: 'restart' | 'correction' })[];
  readonly refused?: { readonly code: string; readonly message: string };
};

const WAITS = { restart: ' (after a restart)', correction: ' (once the file is corrected)' } as const;
const NOT_COMPARED = 'Secrets are not compared: the log does not keep them.';

/** What differs: without names the file and what runs, else two versions or files. */
export async function diffConfig(
  context: Context,
  _options: unknown,
  a: string | undefined,
  b: string | undefined,
): Promise<number | undefined> {
  if (a === undefined) return diffFileAndRunning(context);
  const from = await sideOf(context, a);
  const to = await sideOf(context, b ?? 'latest');
  const changes = compare(from.document, to.document);
  context.out.result({ from: from.name, to: to.name, changes }, () => [
    `From ${from.name} to ${to.name}:`,
    ...(changes.length === 0 ? ['nothing differs.'] : changes.map(describeChange)),
    NOT_COMPARED,
  ]);
  return undefined;
}

async function diffFileAndRunning(context: Context): Promise<undefined> {
  const file = shortPath(context.paths.config);
  const api = await context.apiIfRunning();
  if (!api) {
    const then = await sideOf(context, 'latest');
    const changes = compare(then.document, (await fileSide(context.paths.config, '')).document);
    context.out.result({ running: false, changes }, () => [
      changes.length === 0
        ? `The gateway is stopped; ${file} is as it last ran.`
        : `The gateway is stopped; ${file} differs from what it last ran with:`,
      ...changes.map(describeChange),
      NOT_COMPARED,
    ]);
    return;
  }
  const { changes, refused } = await api.get<Unapplied>('/api/config/diff');
  context.out.result({ running: true, changes, ...(refused && { refused }) }, () => [
    ...(refused ? [`${file} is refused, and the last good configuration runs: ${refused.message}`] : []),
    ...(changes.length === 0 && !refused ? [`What runs is what ${file} says.`] : []),
    ...changes.map((change) => describeChange(change) + WAITS[change.waitsFor]),
  ]);
}

/** A file where there is one of that name, else a version. */
async function sideOf(context: Context, name: string): Promise<Side> {
  const path = resolve(name);
  if (!/^\d+$/.test(name) && existsSync(path)) return fileSide(path, shortPath(path));
  if (/[./\\]json5?$|\//.test(name))
    throw new GatewayError('CONFIG_UNREADABLE', { message: `There is no file ${path}.`, details: { path } });
  const { position, time, document } = await versionAt(context, name);
  return { name: `version ${position} (${formatTime(time)})`, document };
}

/** A file as a version would be kept, so that both are comparable. */
async function fileSide(path: string, name: string): Promise<Side> {
  return { name, document: maskSecrets(readDocument((await readText(path)) ?? '').value) };
}
