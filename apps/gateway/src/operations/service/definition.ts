/** What a service manager has to know of the gateway: the program, its arguments, its environment. */
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS, NODE_VARIABLES } from '../../../bin/bundle.mjs';
import type { StatePaths } from '../state-dir.ts';

export type ManagerName = 'systemd' | 'launchd' | 'background';

export type ServiceOptions = { readonly port?: number; readonly bind?: string };

/** As what the gateway was installed; lies in its state directory. */
export type ServiceRecord = ServiceOptions & {
  readonly manager: ManagerName;
  /** The search path for programs that it had when it was installed: a service manager's own is short. */
  readonly searchPath?: string;
};

export type ServiceDefinition = {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** A file with further variables, which need not exist. */
  readonly environmentFile: string;
  /** How long a stop may take before the process is killed. */
  readonly stopTimeoutS: number;
  /** Where it writes what it says before its log is open. */
  readonly outputFile: string;
};

/** What comes after the drain: sending replies, closing connections and files. */
const AFTER_DRAIN_MS = 30_000;

export const LAUNCHER = fileURLToPath(new URL('../../../bin/openclaw.mjs', import.meta.url));

/** How long a stop may take in all. */
export const stopTimeoutMs = (drainMs: number): number => drainMs + AFTER_DRAIN_MS;

/** The service that an install with these options makes now. */
export function defineService(
  record: ServiceRecord,
  { paths, env, drainMs }: { readonly paths: StatePaths; readonly env: NodeJS.ProcessEnv; readonly drainMs: number },
): ServiceDefinition {
  const environment: Record<string, string> = { ...NODE_VARIABLES, OPENCLAW_SERVICE: record.manager, OPENCLAW_STATE_DIR: paths.dir };
  if (env['OPENCLAW_CONFIG_PATH']) environment['OPENCLAW_CONFIG_PATH'] = paths.config;
  if (record.searchPath) environment['PATH'] = record.searchPath;
  return {
    program: process.execPath,
    args: [...NODE_FLAGS, LAUNCHER, 'gateway', 'run', ...runArguments(record)],
    environment,
    environmentFile: paths.serviceEnvironment,
    stopTimeoutS: Math.ceil(stopTimeoutMs(drainMs) / 1000),
    outputFile: paths.startOutput,
  };
}

export function runArguments({ port, bind }: ServiceOptions): string[] {
  return [...(port === undefined ? [] : ['--port', String(port)]), ...(bind === undefined ? [] : ['--bind', bind])];
}

/** The absolute folders of a search path, each once: what a service may look for programs in. */
export function cleanSearchPath(path: string | undefined): string | undefined {
  const folders = (path ?? '').split(':').filter((folder) => isAbsolute(folder) && !/[\n\r]/.test(folder));
  return folders.length === 0 ? undefined : [...new Set(folders)].join(':');
}
