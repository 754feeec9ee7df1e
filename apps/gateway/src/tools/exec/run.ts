import { type ChildProcess, spawn } from 'node:child_process';
import { GatewayError } from '@openclaw-gateway/events';
import type { Folder } from '../workspace/index.ts';
import { Output } from './output.ts';

/** After its end a program's children may hold its output open for this long. */
const LINGER_MS = 250;
const SHOWN_BYTES = 20 * 1024;

export type ExecLimits = {
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of address space of each process. */
  readonly memory: number;
  /** Bytes that a program may print before it is ended. */
  readonly output: number;
  /** Bytes of a file that it writes. */
  readonly fileSize: number;
};

export type Execution = {
  readonly program: string;
  readonly argv: readonly string[];
  readonly folder: Folder;
  readonly environment: Readonly<Record<string, string>>;
  readonly input?: string | undefined;
  readonly limits: ExecLimits;
  readonly signal: AbortSignal;
};

export type Ended = {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why it was ended before its time. */
  readonly ended?: 'timeout' | 'output';
  readonly stdout: ReturnType<Output['shown']>;
  readonly stderr: ReturnType<Output['shown']>;
};

/** Sets the limits that every POSIX shell knows, then becomes the program: nothing of its arguments is read by the shell. */
const LIMITED = '{ ulimit -c 0; ulimit -v "$1"; ulimit -f "$2"; ulimit -t "$3"; ulimit -n 512; } 2>/dev/null; shift 3; exec "$@"';

/**
 * Runs a program to its end in a process group of its own, which is killed when it ends, when its time or its output is over, or
 * when the signal says so. Throws RUN_ABORTED then, TOOL_FAILED when it cannot be started.
 */
export async function runProgram({ program, argv, folder, environment, input, limits, signal }: Execution): Promise<Ended> {
  signal.throwIfAborted();
  const cpuSeconds = Math.ceil(limits.timeout / 1000) + 1;
  const bounds = [Math.ceil(limits.memory / 1024), Math.ceil(limits.fileSize / 512), cpuSeconds].map(String);
  const child = spawn('/bin/sh', ['-c', LIMITED, 'sh', ...bounds, program, ...argv.slice(1)], {
    // The folder that is open, whatever its path has become meanwhile.
    cwd: folder.at('.'),
    env: environment,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { promise: over, resolve: end } = Promise.withResolvers<Ended['ended'] | 'aborted' | undefined>();
  const stdout = new Output(SHOWN_BYTES);
  const stderr = new Output(SHOWN_BYTES);
  const take = (output: Output) => (chunk: Buffer) => {
    output.add(chunk);
    if (stdout.sizeBytes + stderr.sizeBytes > limits.output) end('output');
  };
  child.stdout.on('data', take(stdout));
  child.stderr.on('data', take(stderr));
  // A program that does not read what it is given is no failure.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const timer = setTimeout(() => end('timeout'), limits.timeout);
  const onAbort = () => end('aborted');
  signal.addEventListener('abort', onAbort, { once: true });
  const exited = exitOf(child, () => end(undefined));
  try {
    const why = await Promise.race([over, exited.then(() => undefined)]);
    killGroup(child);
    const { code, signal: by } = await exited;
    await drained(child);
    if (why === 'aborted') throw signal.reason instanceof GatewayError ? signal.reason : new GatewayError('RUN_ABORTED');
    return { exitCode: code, signal: by, ...(why && { ended: why }), stdout: stdout.shown(), stderr: stderr.shown() };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    killGroup(child);
  }
}

function exitOf(child: ChildProcess, settled: () => void): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new GatewayError('TOOL_FAILED', { message: 'The program could not be started.', cause }));
      settled();
    });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** All that it printed has been read, unless somebody else holds its output open. */
async function drained(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('close', () => resolve());
  if (child.stdout?.closed && child.stderr?.closed) resolve();
  const timer = setTimeout(resolve, LINGER_MS);
  await promise;
  clearTimeout(timer);
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
