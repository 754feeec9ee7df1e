/**
 * The small process beside a gateway in the background that starts it again when it crashes, where no service manager does. It
 * decides by the exit code alone, passes on the signals it gets, and holds nothing that could be lost.
 */
import { spawn } from 'node:child_process';
import { appendFile, mkdir, open, readFile, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EXIT_FINAL, EXIT_RESTART } from '../exit-codes.ts';
import { findRunning, removePidFile, writePidFile } from '../process.ts';
import type { StatePaths } from '../state-dir.ts';

export type SupervisorOptions = {
  readonly paths: StatePaths;
  /** The gateway's program and its arguments. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly backoff?: Backoff;
};

export type Backoff = {
  readonly firstMs: number;
  readonly mostMs: number /** After so long without a crash it begins anew. */;
  readonly stableMs: number;
};

const BACKOFF: Backoff = { firstMs: 1000, mostMs: 60_000, stableMs: 60_000 };
const MAX_LOG_BYTES = 1024 * 1024;
const PASSED_ON = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

export type Next = { readonly do: 'end'; readonly exitCode: number } | { readonly do: 'start'; readonly afterMs: number };

/** What follows the end of the gateway. `crashes`: how many there were in a row, this one included. */
export function afterEnd(
  { exitCode, wasReady, isStopping, crashes }: { exitCode: number | null; wasReady: boolean; isStopping: boolean; crashes: number },
  { firstMs, mostMs }: Backoff,
): Next {
  if (isStopping || exitCode === 0) return { do: 'end', exitCode: exitCode ?? 0 };
  if (exitCode === EXIT_FINAL) return { do: 'end', exitCode };
  if (exitCode === EXIT_RESTART) return { do: 'start', afterMs: 0 };
  // Whoever starts it for the first time is still there to be told.
  if (!wasReady) return { do: 'end', exitCode: exitCode ?? 1 };
  return { do: 'start', afterMs: Math.min(mostMs, firstMs * 2 ** (crashes - 1)) };
}

/** Runs the gateway until it ends as it was asked to, or must not be started again. Resolves with the exit code. */
export async function supervise({ paths, command, env, backoff = BACKOFF }: SupervisorOptions): Promise<number> {
  await mkdir(paths.logs, { recursive: true, mode: 0o700 });
  const note = (text: string) => writeNote(paths.supervisorLog, text);
  let child: ReturnType<typeof spawn> | undefined;
  let isStopping = false;
  let wake = () => {};
  const onSignal = (signal: NodeJS.Signals) => {
    if (signal === 'SIGTERM' || signal === 'SIGINT') isStopping = true;
    // A terminal's Ctrl+C means "stop", whoever gets it.
    child?.kill(signal === 'SIGINT' ? 'SIGTERM' : signal);
    if (isStopping) wake();
  };
  for (const signal of PASSED_ON) process.on(signal, onSignal);
  await writePidFile(paths.supervisorPidFile, '');
  let crashes = 0;
  let wasReady = false;
  let lastExit: string | undefined;
  try {
    for (;;) {
      const startedAt = Date.now();
      const output = await open(paths.startOutput, 'w', 0o600);
      const [program = process.execPath, ...args] = command;
      const started = spawn(program, args, {
        stdio: ['ignore', output.fd, output.fd],
        env: { ...env, OPENCLAW_SERVICE: 'background', ...(lastExit === undefined ? {} : { OPENCLAW_LAST_EXIT: lastExit }) },
      });
      child = started;
      const ended = new Promise<{ exitCode: number | null; how: string }>((resolve) => {
        started.once('error', (error) => resolve({ exitCode: 127, how: `could not be started: ${error.message}` }));
        started.once('exit', (exitCode, signal) => resolve({ exitCode, how: signal ? `ended by ${signal}` : `exit code ${exitCode}` }));
      });
      await output.close();
      if (isStopping) started.kill('SIGTERM');
      await note(`gateway started, pid ${started.pid ?? 'none'}`);
      const { exitCode, how } = await ended;
      child = undefined;
      wasReady ||= (await findPid(paths.pidFile)) === started.pid || exitCode === EXIT_RESTART;
      crashes = Date.now() - startedAt >= backoff.stableMs ? 1 : crashes + 1;
      const next = afterEnd({ exitCode, wasReady, isStopping, crashes }, backoff);
      if (next.do === 'end') {
        await note(`gateway ended, ${how}`);
        return next.exitCode;
      }
      if (exitCode === EXIT_RESTART) crashes = 0;
      lastExit = exitCode === EXIT_RESTART ? undefined : how;
      await note(`gateway ended, ${how}; starting it again in ${next.afterMs / 1000} s`);
      await pause(next.afterMs, (cut) => {
        wake = cut;
      });
      if (isStopping) return 0;
    }
  } finally {
    for (const signal of PASSED_ON) process.off(signal, onSignal);
    await removePidFile(paths.supervisorPidFile);
  }
}

/** The pid that the gateway's pid file names, whether the process is there or not: it is written once the gateway is ready. */
async function findPid(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  try {
    return (JSON.parse(text) as { pid?: number }).pid;
  } catch {
    return undefined;
  }
}

/** The supervisor of this state directory, if one runs. */
export async function findSupervisor(paths: StatePaths): Promise<number | undefined> {
  return (await findRunning(paths.supervisorPidFile))?.pid;
}

function pause(durationMs: number, onCut: (cut: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, durationMs);
    onCut(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** What cannot be noted is no reason to leave the gateway alone. */
async function writeNote(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const { size } = await stat(path).catch(() => ({ size: 0 }));
    if (size > MAX_LOG_BYTES) await truncate(path);
    await appendFile(path, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
  } catch {
    // The disk is full, say.
  }
}
