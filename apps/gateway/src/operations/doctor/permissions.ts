/** Who may read and write what the gateway keeps. */
import { existsSync } from 'node:fs';
import { chmod, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { parseJson5, toValue } from '../../config/json5.ts';
import { maskSecrets } from '../../config/secrets.ts';
import { logFilePath } from '../state-dir.ts';
import type { Check, Found } from './check.ts';
import type { Machine } from './machine.ts';

const GROUP_AND_OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

type Guarded = {
  readonly id: string;
  readonly what: string;
  readonly severity: Check['severity'];
  readonly cause: string;
  readonly paths: (machine: Machine) => Promise<readonly string[]>;
  /** The bits that must not be set. */
  readonly forbidden?: (machine: Machine) => Promise<number>;
};

/** A check of what others may do with some files, and the repair: its owner alone. */
function guarded({ id, what, severity, cause, paths, forbidden }: Guarded): Check {
  return {
    id,
    severity,
    scopes: ['security'],
    finds: `${what} that other users of this machine may read or write`,
    cause,
    remedy: '`openclaw doctor --fix`, or `chmod` as it is shown.',
    fix: 'Takes the permissions of all other users away.',
    look: async (machine) => {
      const bits = (await forbidden?.(machine)) ?? GROUP_AND_OTHERS;
      const found = await Promise.all((await paths(machine)).map((path) => tooOpen(path, bits)));
      return found.filter((one) => one !== undefined);
    },
  };
}

async function tooOpen(path: string, forbidden: number): Promise<Found | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (!info || (info.mode & forbidden) === 0) return undefined;
  const mode = info.mode & 0o777;
  const wanted = mode & ~GROUP_AND_OTHERS;
  return {
    found: `${path} has the mode ${octal(mode)}.`,
    remedy: `chmod ${octal(wanted)} ${path}`,
    details: { path, mode: octal(mode) },
    repair: () => restrict(path, wanted),
  };
}

/** SQLite gives the files beside a database its own mode, when it makes them. */
async function restrict(path: string, mode: number): Promise<void> {
  await chmod(path, mode);
  await Promise.all(['-wal', '-shm'].map((end) => chmod(path + end, mode).catch(() => undefined)));
}

const octal = (mode: number) => mode.toString(8).padStart(4, '0');

async function filesIn(dir: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  return names.filter((name) => pattern.test(name)).map((name) => join(dir, name));
}

/** A configuration without secrets may be read by anybody. */
async function forbiddenForConfig(machine: Machine): Promise<number> {
  try {
    const document = toValue(parseJson5((await machine.configText()) || '{}'));
    return JSON.stringify(maskSecrets(document)) === JSON.stringify(document) ? OTHERS_WRITE : GROUP_AND_OTHERS;
  } catch {
    return OTHERS_WRITE;
  }
}

const owner: Check = {
  id: 'state.owner',
  severity: 'error',
  scopes: ['security'],
  finds: 'files of the state directory that belong to another user',
  cause: 'A command was run once with sudo or as another user. The gateway may not be able to open what it made.',
  remedy: '`sudo chown -R "$USER" ~/.openclaw`',
  look: async ({ paths, uid }) => {
    if (uid === undefined || !existsSync(paths.dir)) return [];
    const all = [
      paths.dir,
      paths.config,
      paths.token,
      paths.logs,
      paths.databases,
      ...(await filesIn(paths.databases, /\.db(-wal|-shm)?$/)),
    ];
    const foreign = (
      await Promise.all(
        all.map((path) =>
          stat(path).then(
            ({ uid: owner_ }) => (owner_ === uid ? [] : [path]),
            () => [],
          ),
        ),
      )
    ).flat();
    if (foreign.length === 0) return [];
    const rest = foreign.length > 1 ? ` and ${foreign.length - 1} more belong` : ' belongs';
    return [
      {
        found: `${foreign[0]}${rest} to another user than the one who runs this (uid ${uid}).`,
        remedy: `sudo chown -R ${uid} ${paths.dir}`,
        details: { paths: foreign, uid },
      },
    ];
  },
};

export const PERMISSION_CHECKS: readonly Check[] = [
  owner,
  guarded({
    id: 'state.permissions',
    what: 'a state directory or databases',
    severity: 'error',
    cause: 'The directory was made by hand, or copied without its permissions. It holds every conversation.',
    paths: async ({ paths }) => [paths.dir, paths.databases, ...(await filesIn(paths.databases, /^(events|views|words|auth)\.db$/))],
  }),
  guarded({
    id: 'keys.permissions',
    what: 'the file of keys (keys.db)',
    severity: 'error',
    cause: 'The file was copied without its permissions. Its keys open all personal data in the log.',
    paths: ({ paths }) => filesIn(paths.databases, /^keys\.db$/),
  }),
  guarded({
    id: 'token.permissions',
    what: 'a gateway token',
    severity: 'error',
    cause: 'The file was copied or edited without its permissions. Who has the token can do everything.',
    paths: async ({ paths }) => [paths.token],
  }),
  guarded({
    id: 'config.permissions',
    what: 'a configuration with secrets in it (or any that others may write)',
    severity: 'warning',
    cause: 'An editor or a copy made the file with the usual permissions. Secrets are better kept in the environment.',
    paths: async ({ paths }) => [paths.config],
    forbidden: forbiddenForConfig,
  }),
  guarded({
    id: 'log-file.permissions',
    what: 'log files',
    severity: 'warning',
    cause: 'The files were made by another program, such as logrotate.',
    paths: async (machine) => {
      const path = logFilePath(await machine.config(), machine.paths.dir);
      const extension = extname(path);
      const name = basename(path, extension);
      const isOurs = (file: string) => file.startsWith(name) && /^(\.\d+)?$/.test(file.slice(name.length, file.length - extension.length));
      const folder = dirname(path);
      const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(extension) && isOurs(file));
      return [...files.map((file) => join(folder, file)), machine.paths.startOutput];
    },
  }),
];
