import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';

/** What a program may know of the gateway's environment without being told. */
const ALWAYS = ['LANG', 'LC_ALL', 'LC_CTYPE', 'TZ'];
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The environment of a program: a path, a home in the workspace, language and time zone, and the names that the operator passes on. */
export function scrubbedEnvironment(
  source: Readonly<Record<string, string | undefined>>,
  { passed, home }: { readonly passed: readonly string[]; readonly home: string },
): Record<string, string> {
  const kept = [...ALWAYS, ...passed].flatMap((name) => (source[name] === undefined ? [] : [[name, source[name]] as const]));
  return { PATH: source['PATH'] ?? PATH, HOME: home, TERM: 'dumb', ...Object.fromEntries(kept) };
}

export type Program = {
  /** As it is started: a program that is several goes by the name it is called by. */
  readonly path: string;
  /** Its file, with links followed. */
  readonly file: string;
};

/**
 * Finds a program: one with a slash in its name from the folder it is run in, any other along PATH. Throws TOOL_FAILED when there
 * is none.
 */
export async function findProgram(
  name: string,
  { path, inFolder }: { readonly path: string; readonly inFolder: (name: string) => string },
): Promise<Program> {
  for (const candidate of candidates(name, path)) {
    const file = await programAt(isAbsolute(candidate) ? candidate : inFolder(candidate));
    if (file !== undefined) return { path: candidate, file };
  }
  throw new GatewayError('TOOL_FAILED', { message: `There is no program ${JSON.stringify(name)}.`, details: { program: name } });
}

function candidates(name: string, path: string): readonly string[] {
  if (name === '') return [];
  if (name.includes('/')) return [isAbsolute(name) ? name : `./${name}`];
  const folders = path.split(delimiter).filter(isAbsolute);
  return folders.map((folder) => join(folder, name));
}

async function programAt(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile() ? await realpath(path) : undefined;
  } catch {
    return undefined;
  }
}
