/** The built gateway as another version of itself, beside the one that was built. */
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayOptions } from '../gateway-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const GATEWAY = 'apps/gateway';

/** Starts with `wrap` are of the version. */
export type NewerVersion = AsyncDisposable & Required<Pick<GatewayOptions, 'wrap'>>;

export async function newerVersion(version: string): Promise<NewerVersion> {
  const root = await mkdtemp(join(tmpdir(), 'openclaw-newer-'));
  const built = join(root, GATEWAY);
  for (const part of ['bin', 'dist', 'package.json']) await cp(join(ROOT, GATEWAY, part), join(built, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  const { version: current } = JSON.parse(await readFile(join(built, 'package.json'), 'utf8')) as { readonly version: string };
  const dist = join(built, 'dist');
  const files = (await readdir(dist)).filter((name) => name.endsWith('.js')).map((name) => join(dist, name));
  for (const path of [join(built, 'package.json'), ...files]) {
    const text = await readFile(path, 'utf8');
    const changed = text.replaceAll(new RegExp(`("openclaw",\\s*"?version"?:\\s*)"${RegExp.escape(current)}"`, 'g'), `$1"${version}"`);
    if (changed !== text) await writeFile(path, changed);
  }
  return {
    wrap: (command) => command.map((part) => (part.startsWith(join(ROOT, GATEWAY)) ? part.replace(ROOT, root) : part)),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
