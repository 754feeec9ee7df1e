/** `openclaw extensions …`: through the running gateway. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExtensionRow } from '../../extensions/index.ts';
import type { Context } from '../context.ts';
import { paint, plain, table } from '../output.ts';

/** The gateway has npm pack and then install, and gives each three minutes. */
const ADD_MS = 400_000;

export async function listExtensions(context: Context): Promise<undefined> {
  const answer = await (await context.api()).get<{ extensions: readonly ExtensionRow[] }>('/api/extensions');
  context.out.result(answer, () => describe(answer.extensions));
}

export async function addExtension(context: Context, _options: unknown, source: string): Promise<undefined> {
  const isPath = /^[./~]/.test(source) || existsSync(source);
  const api = await context.api();
  const added = await api.send<ExtensionRow>('POST', '/api/extensions/add', { source: isPath ? resolve(source) : source }, ADD_MS);
  context.out.result(added, () => [
    `${added.name} ${added.version} is installed.`,
    `Its hash is ${added.integrity}`,
    '',
    ...describe([added]),
  ]);
}

export async function removeExtension(context: Context, _options: unknown, name: string): Promise<undefined> {
  await (await context.api()).send('POST', '/api/extensions/remove', { name });
  context.out.result({ ok: true, name }, () => [`${name} is removed.`]);
}

function describe(extensions: readonly ExtensionRow[]): string[] {
  if (extensions.length === 0) return ['No extensions are installed: `openclaw extensions add <folder, tarball or name>`.'];
  const rows = extensions.map((row) => [
    `${row.name} ${row.version}`,
    paint(row.state === 'running' ? 'green' : 'yellow', row.state),
    plain([...row.channels, ...row.models, ...row.tools, ...row.routers].join(', ')),
    plain(row.problem ? `${row.problem.code}: ${row.problem.message}` : ''),
  ]);
  return table(['EXTENSION', 'STATE', 'ADDS', 'PROBLEM'], rows);
}
