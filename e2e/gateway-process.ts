/**
 * The built product as a child process, on a state directory and a port of its own. What tests and benchmarks do to it they do
 * as its users would: over its sockets, its command line and its signals.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NODE_FLAGS, NODE_VARIABLES } from '../apps/gateway/bin/bundle.mjs';

const LAUNCHER = join(import.meta.dirname, '../apps/gateway/bin/openclaw.mjs');
const POLL_MS = 5;
/** Several times what a start takes on a machine with much else to do. */
const READY_MS = 90_000;

export type GatewayOptions = {
  /** What openclaw.json says. Without it there is no file, as on a first run. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** How long a start may take. */
  readonly readyMs?: number;
  /** Where everything is kept, instead of a temporary directory that is removed afterwards. */
  readonly stateDir?: string;
  /** The command to start in place of the gateway's own, which must become the gateway: asked for at each start. */
  readonly wrap?: (command: readonly string[]) => readonly string[];
};

export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type GatewayProcess = AsyncDisposable & {
  readonly stateDir: string;
  /** `http://127.0.0.1:<port>`; another one after each start. */
  readonly url: () => string;
  readonly pid: () => number;
  readonly token: () => Promise<string>;
  /** Everything the process wrote since its last start. */
  readonly output: () => string;
  /** How long the last start took until /readyz said yes. */
  readonly startedInMs: () => number;
  /** A request with the gateway token. */
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
  /** A request with the gateway token whose answer must be 2xx, as JSON. */
  readonly json: <T = unknown>(path: string, init?: RequestInit) => Promise<T>;
  readonly start: () => Promise<void>;
  /** Ends the process at once, as a crash or a power cut would. */
  readonly kill: () => Promise<void>;
  /** Asks the process to end; resolves with its exit code. */
  readonly stop: () => Promise<number>;
  /** Resolves with the exit code of a process that ends by itself, -1 when a signal ended it. */
  readonly exited: () => Promise<number>;
  /** Runs `openclaw …` on the same state directory. */
  readonly command: (
    args: readonly string[],
    options?: { readonly input?: string; readonly env?: Readonly<Record<string, string>> },
  ) => Promise<CommandResult>;
};

/** Starts a gateway on a fresh state directory; it is gone when the test is over: `await using gateway = await startGateway()`. */
export async function startGateway(options: GatewayOptions = {}): Promise<GatewayProcess> {
  const gateway = await prepareGateway(options);
  try {
    await gateway.start();
    return gateway;
  } catch (error) {
    await gateway[Symbol.asyncDispose]();
    throw error;
  }
}

/** The same, not started yet. */
export async function prepareGateway(options: GatewayOptions = {}): Promise<GatewayProcess> {
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'openclaw-e2e-')));
  if (options.config) await writeFile(join(stateDir, 'openclaw.json'), JSON.stringify(options.config, null, 2));
  const env = environment(stateDir, options.env);
  const args = [...NODE_FLAGS, LAUNCHER, 'gateway', 'run', '--port', '0', ...(options.args ?? [])];
  let child: ChildProcess | undefined;
  let exited: Promise<number> = Promise.resolve(0);
  let url = '';
  let output = '';
  let startedInMs = 0;

  const start = async () => {
    if (child) throw new Error('the gateway runs already');
    output = '';
    const startedAt = performance.now();
    const [program = '', ...rest] = options.wrap?.([process.execPath, ...args]) ?? [process.execPath, ...args];
    const started = spawn(program, rest, { env: { ...env, ...NODE_VARIABLES }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    started.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    started.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    exited = new Promise((resolve) => {
      started.once('exit', (code) => {
        if (child === started) child = undefined;
        resolve(code ?? -1);
      });
    });
    url = await readyUrl(started, stateDir, options.readyMs ?? READY_MS, () => output);
    startedInMs = performance.now() - startedAt;
  };
  const pid = () => {
    if (child?.pid === undefined) throw new Error(`the gateway does not run:\n${output}`);
    return child.pid;
  };
  const kill = async () => {
    if (!child) return;
    killGroup(pid());
    await exited;
  };
  const stop = async () => {
    if (!child) return exited;
    process.kill(pid(), 'SIGTERM');
    const code = await Promise.race([exited, delay(30_000, undefined, { ref: false })]);
    if (code !== undefined) return code;
    await kill();
    throw new Error(`the gateway did not stop within 30 s:\n${output}`);
  };
  const token = async () => (await readFile(join(stateDir, 'gateway-token'), 'utf8')).trim();
  const request = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${await token()}`);
    if (typeof init.body === 'string' && !headers.has('content-type')) headers.set('content-type', 'application/json');
    return fetch(url + path, { ...init, headers });
  };
  return {
    stateDir,
    url: () => url,
    pid,
    token,
    output: () => output,
    startedInMs: () => startedInMs,
    request,
    json: async <T>(path: string, init?: RequestInit) => {
      const response = await request(path, init);
      const text = await response.text();
      if (!response.ok) throw new Error(`${init?.method ?? 'GET'} ${path} → ${response.status} ${text}`);
      return JSON.parse(text) as T;
    },
    start,
    kill,
    stop,
    exited: () => exited,
    command: (commandArgs, commandOptions = {}) => runCommand(commandArgs, { ...env, ...commandOptions.env }, commandOptions.input),
    [Symbol.asyncDispose]: async () => {
      await kill();
      if (options.stateDir === undefined) await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Runs `openclaw …` to its end. */
export async function runCommand(args: readonly string[], env: NodeJS.ProcessEnv, input?: string): Promise<CommandResult> {
  const child = spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined).end(input ?? '');
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? -1));
  });
  return { code, stdout, stderr };
}

/** Resolves when `condition` gives something; rejects, naming `what`, when it has not after `timeoutMs`. */
export async function until<T>(what: string, condition: () => Promise<T | undefined> | T | undefined, timeoutMs = 30_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await delay(POLL_MS);
  }
}

/** Nothing of the machine's own settings may decide a test. */
function environment(stateDir: string, extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(OPENCLAW_|VITEST|ANTHROPIC_|OPENAI_|GATEWAY_TOKEN$)/.test(name));
  return { ...Object.fromEntries(own), NODE_ENV: 'production', NO_COLOR: '1', OPENCLAW_STATE_DIR: stateDir, ...extra };
}

async function readyUrl(child: ChildProcess, stateDir: string, readyMs: number, output: () => string): Promise<string> {
  const deadline = performance.now() + readyMs;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the gateway ended with ${child.exitCode ?? child.signalCode} before it was ready:\n${output()}`);
    }
    const url = await addressOf(child.pid, stateDir);
    if (url && (await isReady(url))) return url;
    if (performance.now() > deadline) {
      if (child.pid !== undefined) killGroup(child.pid);
      throw new Error(`the gateway was not ready within ${readyMs} ms:\n${output()}`);
    }
    await delay(POLL_MS);
  }
}

/** The pid file of a process that was killed stays; only this one's counts. */
async function addressOf(pid: number | undefined, stateDir: string): Promise<string | undefined> {
  const text = await readFile(join(stateDir, 'gateway.pid'), 'utf8').catch(() => '');
  try {
    const written = JSON.parse(text) as { pid?: number; url?: string };
    return written.pid === pid ? written.url : undefined;
  } catch {
    return undefined;
  }
}

async function isReady(url: string): Promise<boolean> {
  if (url.startsWith('https:')) return isReadyOverTls(url);
  return fetch(`${url}/readyz`).then(
    (response) => response.ok,
    () => false,
  );
}

/** Whose certificate it is does not matter to whether it is ready; tests of that look for themselves. */
function isReadyOverTls(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    request(`${url}/readyz`, { rejectUnauthorized: false, agent: false }, (response) => resolve(response.resume().statusCode === 200))
      .once('error', () => resolve(false))
      .end();
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself a moment ago.
  }
}
