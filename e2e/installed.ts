/** The packed product, installed with npm into a prefix of its own, and run there as its users do: knowing nothing of this checkout. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { pack } from '../scripts/pack.mjs';
import type { CommandResult } from './gateway-process.ts';

export const CHECKOUT = resolve(import.meta.dirname, '..');

export type Installed = AsyncDisposable & {
  readonly tarball: string;
  readonly tarballBytes: number;
  /** What npm installed into. */
  readonly prefix: string;
  /** Home of the user who runs it; `~/.openclaw` is the state directory. */
  readonly home: string;
  /** The environment of that user: the PATH finds `openclaw` and the machine's own node. */
  readonly env: NodeJS.ProcessEnv;
  readonly npm: (...args: readonly string[]) => Promise<CommandResult>;
  readonly run: (command: string, ...args: readonly string[]) => Promise<CommandResult>;
  readonly openclaw: (...args: readonly string[]) => Promise<CommandResult>;
};

/** Packs the checkout and installs the tarball into a temporary prefix, with nothing of the checkout in the environment. */
export async function installPacked(): Promise<Installed> {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-install-'));
  const prefix = join(dir, 'prefix');
  const home = join(dir, 'home');
  await mkdir(home);
  const { file, sizeBytes } = await pack(join(dir, 'packed'));
  const outside = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !resolve(folder).startsWith(CHECKOUT));
  const env = { PATH: [join(prefix, 'bin'), ...outside].join(delimiter), HOME: home, NO_COLOR: '1', LANG: 'C.UTF-8' };
  const run = (command: string, ...args: readonly string[]) => capture(command, args, { cwd: home, env });
  // npm keeps its cache and its registry where this machine's user has them.
  const npmEnv = { ...withoutNpm(process.env), PATH: env.PATH, HOME: homedir() };
  const npm = (...args: readonly string[]) =>
    capture('npm', ['--prefix', prefix, '--no-audit', '--no-fund', ...args], { cwd: home, env: npmEnv });
  const installed: Installed = {
    tarball: file,
    tarballBytes: sizeBytes,
    prefix,
    home,
    env,
    npm,
    run,
    openclaw: (...args) => run('openclaw', ...args),
    [Symbol.asyncDispose]: async () => {
      await capture('openclaw', ['gateway', 'stop'], { cwd: home, env }).catch(() => undefined);
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  const { code, stderr } = await npm('install', '-g', file);
  if (code === 0) return installed;
  await installed[Symbol.asyncDispose]();
  throw new Error(`npm could not install ${file}:\n${stderr}`);
}

/** Every file below a folder, links included, as paths from there. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** `npm test` runs this below npm itself, whose settings are those of the checkout; the certificates that the registry is trusted by are the machine's. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(npm_(package|lifecycle|command|execpath|node)|INIT_CWD|NODE(?!_EXTRA_CA_CERTS)|VITEST)/.test(name),
    ),
  );
}

function capture(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<CommandResult> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
