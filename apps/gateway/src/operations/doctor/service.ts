/** The installed service: whether it would start what is installed now. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Check } from './check.ts';
import type { Machine } from './machine.ts';

const UNIT = 'openclaw-gateway.service';

const drift: Check = {
  id: 'service.drift',
  severity: 'error',
  finds: 'an installed service that starts a program which is not there, or another copy of it',
  cause: 'The program was moved, or installed again elsewhere, after `openclaw gateway install`.',
  remedy: '`openclaw gateway install` writes the service anew.',
  look: async (machine) => (await serviceDrift(machine)).map((found) => ({ found })),
};

/** What of the installed systemd user unit is no longer so; nothing where none is installed. */
export async function serviceDrift({ env }: Pick<Machine, 'env'>): Promise<readonly string[]> {
  const unit = join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'systemd/user', UNIT);
  const text = await readFile(unit, 'utf8').catch(() => '');
  const command = /^ExecStart=[-@:+!]*(.*)$/m.exec(text)?.[1];
  if (command === undefined) return [];
  const paths = wordsOf(command).filter((word) => word.startsWith('/'));
  const gone = paths.filter((path) => !existsSync(path)).map((path) => `${unit} starts ${path}, which is not there.`);
  const launcher = paths.find((path) => /\/openclaw(\.mjs)?$/.test(path));
  const here = fileURLToPath(new URL('../../../bin/openclaw.mjs', import.meta.url));
  if (gone.length > 0 || launcher === undefined || launcher === here) return gone;
  return [`${unit} starts ${launcher}; this program is ${here}.`];
}

/** The words of a command as systemd splits them: at spaces, with quotes. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double?.replaceAll(/\\(.)/g, '$1') ?? single ?? bare ?? '',
  );
}

export const SERVICE_MANAGER_CHECKS: readonly Check[] = [drift];
