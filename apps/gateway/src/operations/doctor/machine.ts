/** What the checks look at. Each thing is read when it is first asked for, and once. */
import type { Overview, StateInspection } from '@openclaw-gateway/db';
import { type ErrorBody, GatewayError, toGatewayError } from '@openclaw-gateway/events/errors';
import { readText } from '../../config/file.ts';
import type { Config, Finding } from '../../config/index.ts';
import { createEgress, type Egress, egressRules } from '../egress/index.ts';
import { findRunning, type RunningProcess } from '../process.ts';
import type { StatePaths } from '../state-dir.ts';
import { environmentOf } from './processes.ts';

/** What a running gateway says of itself; see `GET /api/status`. */
export type GatewayStatus = {
  readonly version: string;
  readonly channels: readonly {
    readonly channel: string;
    readonly account: string;
    readonly enabled: boolean;
    readonly connected: boolean;
    readonly error?: ErrorBody;
  }[];
  /** Older gateways do not say. */
  readonly remote?: { readonly state: 'off' | 'starting' | 'exposed' } | { readonly state: 'failed'; readonly error: ErrorBody };
  readonly memoryBytes: Readonly<Record<string, number>>;
  readonly overview: Overview;
};

export type MachineOptions = {
  readonly paths: StatePaths;
  readonly env: NodeJS.ProcessEnv;
  /** The version of this program. */
  readonly version: string;
  /** Takes more time, for whoever asks for one scope only. */
  readonly deep: boolean;
  /** Asks the running gateway, with the token that a command would use. Throws what it answers. */
  readonly ask: <T>(path: string) => Promise<T>;
  readonly now?: () => number;
  readonly uid?: number;
  readonly nodeVersion?: string;
  /** Where the kernel says which file systems are mounted, and how much memory this process may use. */
  readonly mountInfo?: string;
  readonly memoryLimitBytes?: number;
};

export type Reading = {
  readonly config: Config;
  readonly error?: GatewayError;
  /** Files with secrets that others than their owner may read. */
  readonly warnings: readonly Finding[];
};

export type Machine = {
  readonly paths: StatePaths;
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  readonly deep: boolean;
  readonly now: () => number;
  /** The user that this process runs as; `undefined` where there are none. */
  readonly uid: number | undefined;
  readonly nodeVersion: string;
  readonly mountInfo: string;
  readonly memoryLimitBytes: number;
  /** How long one step over the network may take. */
  readonly deadlineMs: number;
  readonly ask: <T>(path: string) => Promise<T>;
  /** Whether another process holds the lock of the databases. */
  readonly isOwned: boolean;
  readonly running: () => Promise<RunningProcess | undefined>;
  /** The environment that the gateway has, or would have if it were started here. */
  readonly gatewayEnv: () => Promise<NodeJS.ProcessEnv>;
  readonly configText: () => Promise<string>;
  /** The configuration in the file and what is wrong with it. What is refused counts as not written. */
  readonly reading: () => Promise<Reading>;
  readonly config: () => Promise<Config>;
  /** The way out, with the rules of the configuration. */
  readonly egress: () => Promise<Egress>;
  readonly state: () => Promise<StateInspection>;
  /** What the running gateway says; an error when it does not say it; `undefined` when none runs. */
  readonly status: () => Promise<GatewayStatus | GatewayError | undefined>;
  /** How messages fare, from the gateway or from the files of one that is stopped; `undefined` where neither can say. */
  readonly overview: () => Promise<Overview | undefined>;
};

const QUICK_MS = 2000;
const DEEP_MS = 10_000;

export function createMachine(options: MachineOptions, isOwned: boolean): Machine {
  const { paths, env, deep } = options;
  const machine: Machine = {
    ...options,
    now: options.now ?? Date.now,
    uid: options.uid ?? process.getuid?.(),
    nodeVersion: options.nodeVersion ?? process.versions.node,
    mountInfo: options.mountInfo ?? '/proc/self/mountinfo',
    memoryLimitBytes: options.memoryLimitBytes ?? process.constrainedMemory(),
    deadlineMs: deep ? DEEP_MS : QUICK_MS,
    isOwned,
    running: once(() => findRunning(paths.pidFile)),
    gatewayEnv: once(async () => {
      const running = await machine.running();
      return (running && (await environmentOf(running.pid))) ?? env;
    }),
    configText: once(async () => (await readText(paths.config)) ?? ''),
    reading: once(() => read(machine)),
    config: async () => (await machine.reading()).config,
    egress: once(async () => createEgress(egressRules(await machine.config()))),
    state: once(async () => (await import('@openclaw-gateway/db')).inspectState(paths.databases)),
    status: once(async () => {
      if (!(await machine.running())) return undefined;
      return await machine.ask<GatewayStatus>('/api/status').catch(toGatewayError);
    }),
    overview: once(() => overviewOf(machine)),
  };
  return machine;
}

async function read(machine: Machine): Promise<Reading> {
  const { loadConfig } = await import('../../config/load.ts');
  const env = await machine.gatewayEnv();
  try {
    return await loadConfig(await machine.configText(), { env });
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return { ...(await lenient(machine, env)), error: thrown };
  }
}

/** What can be read of a configuration that is refused: all of it where only variables, files or sign-in are missing, else the defaults. */
async function lenient(machine: Machine, env: NodeJS.ProcessEnv): Promise<Reading> {
  const { loadConfig } = await import('../../config/load.ts');
  try {
    return await loadConfig(await machine.configText(), { env, allowMissingVariables: true, exceptions: { letAnyoneIn: true } });
  } catch {
    return await loadConfig('', { env });
  }
}

async function overviewOf(machine: Machine): Promise<Overview | undefined> {
  const status = await machine.status();
  if (status) return status instanceof GatewayError ? undefined : status.overview;
  const { events, views, words } = await machine.state();
  if ([events, views, words].some(({ state }) => state !== 'good')) return undefined;
  const { openStoreReadOnly } = await import('@openclaw-gateway/db');
  const store = await openStoreReadOnly({ dir: machine.paths.databases });
  try {
    return await store.views.overview(machine.now());
  } finally {
    await store.close();
  }
}

function once<T>(act: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= act();
    return reading;
  };
}

/** What several checks need, found out once for each machine. */
export function perMachine<T>(find: (machine: Machine) => Promise<T>): (machine: Machine) => Promise<T> {
  const known = new WeakMap<Machine, Promise<T>>();
  return (machine) => {
    const found = known.get(machine) ?? find(machine);
    known.set(machine, found);
    return found;
  };
}
