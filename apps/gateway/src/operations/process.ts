/** The one gateway process of a state directory: how others find it, and how it is started in the background. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NODE_VARIABLES } from '../../bin/bundle.mjs';
import { isAlive } from './port.ts';
import type { StatePaths } from './state-dir.ts';

/** What a running gateway says about itself in its pid file. */
export type RunningProcess = {
  readonly pid: number;
  /** When the operating system started the process, in its own words: another process with the same pid has another. */
  readonly startTime: string;
  readonly url: string;
  /** Who starts it again when it ends: `systemd`, `launchd`, `background`, or nobody. */
  readonly service?: string;
  readonly safeMode?: boolean;
};

/** Writes the pid file of this process. */
export async function writePidFile(path: string, url: string, more: Pick<RunningProcess, 'service' | 'safeMode'> = {}): Promise<void> {
  const content: RunningProcess = { pid: process.pid, startTime: await startTimeOf(process.pid), url, ...more };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.tmp`, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}

/** Removes the pid file when it is this process's own. */
export async function removePidFile(path: string): Promise<void> {
  const content = await readContent(path);
  if (content?.pid === process.pid) await rm(path, { force: true });
}

/** The process that the pid file names, if it still runs. */
export async function findRunning(path: string): Promise<RunningProcess | undefined> {
  const content = await readContent(path);
  if (!content || !isAlive(content.pid)) return undefined;
  return (await startTimeOf(content.pid)) === content.startTime ? content : undefined;
}

export type StartResult =
  | { readonly status: 'ready'; readonly running: RunningProcess }
  /** The process ended before it was ready; `output` is what it said. */
  | { readonly status: 'ended'; readonly exitCode: number | undefined; readonly output: string }
  | { readonly status: 'timeout'; readonly pid: number };

/**
 * Starts the gateway in the background, under a supervisor, and waits until `isReady` says so of its address, or it ends, or the
 * time is over. `args` are those of `openclaw gateway run`.
 */
export async function startInBackground(
  paths: StatePaths,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly isReady: (url: string) => Promise<boolean> },
): Promise<StartResult> {
  await mkdir(paths.logs, { recursive: true, mode: 0o700 });
  const output = await open(paths.startOutput, 'w', 0o600);
  const launcher = fileURLToPath(new URL('../../bin/openclaw.mjs', import.meta.url));
  const child = spawn(process.execPath, [launcher, 'gateway', 'supervise', ...args], {
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
    env: { ...process.env, ...NODE_VARIABLES },
  });
  let ended: { readonly exitCode: number | undefined } | undefined;
  child.once('exit', (code) => {
    ended = { exitCode: code ?? undefined };
  });
  child.once('error', () => {
    ended = { exitCode: undefined };
  });
  await output.close();
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    if (ended) return { status: 'ended', ...ended, output: await readFile(paths.startOutput, 'utf8').catch(() => '') };
    const running = await findRunning(paths.pidFile);
    if (running && (await options.isReady(running.url))) {
      child.unref();
      return { status: 'ready', running };
    }
    if (Date.now() >= deadline) {
      child.unref();
      return { status: 'timeout', pid: child.pid ?? 0 };
    }
    await delay(100);
  }
}

async function readContent(path: string): Promise<RunningProcess | undefined> {
  try {
    const content = JSON.parse(await readFile(path, 'utf8')) as Partial<RunningProcess>;
    const { pid, startTime, url } = content;
    return Number.isInteger(pid) && typeof startTime === 'string' && typeof url === 'string' ? (content as RunningProcess) : undefined;
  } catch {
    return undefined;
  }
}

/** When the operating system started the process, in its own words. */
async function startTimeOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat !== undefined) {
    // The name in parentheses may hold anything; behind it are the state, and as 20th the start in clock ticks since boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '');
  }
  const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim();
}
