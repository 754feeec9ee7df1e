/** Where things lie on disk. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Config } from '../config/index.ts';

export type StatePaths = {
  /** The state directory. */
  readonly dir: string;
  readonly config: string;
  /** The databases. */
  readonly databases: string;
  /** The gateway token, where the configuration gives none. */
  readonly token: string;
  /** Which process is the gateway of this directory. */
  readonly pidFile: string;
  /** Which process starts the gateway again when it crashes, where no service manager does. */
  readonly supervisorPidFile: string;
  /** Which starts ended badly. */
  readonly boot: string;
  /** As which service it was installed. */
  readonly service: string;
  /** Variables for a gateway that runs as a service, one NAME=value a line. */
  readonly serviceEnvironment: string;
  readonly logs: string;
  /** What a background process said before its log was open. */
  readonly startOutput: string;
  /** What the supervisor of a background process did. */
  readonly supervisorLog: string;
};

/** The paths of the state directory, `~/.openclaw` unless OPENCLAW_STATE_DIR or OPENCLAW_CONFIG_PATH say otherwise. */
export function statePaths(env: NodeJS.ProcessEnv = process.env): StatePaths {
  const dir = resolve(env['OPENCLAW_STATE_DIR'] || join(env['OPENCLAW_HOME'] || homedir(), '.openclaw'));
  return {
    dir,
    config: resolve(env['OPENCLAW_CONFIG_PATH'] || join(dir, 'openclaw.json')),
    databases: join(dir, 'state'),
    token: join(dir, 'gateway-token'),
    pidFile: join(dir, 'gateway.pid'),
    supervisorPidFile: join(dir, 'supervisor.pid'),
    boot: join(dir, 'boot.json'),
    service: join(dir, 'service.json'),
    serviceEnvironment: join(dir, 'service.env'),
    logs: join(dir, 'logs'),
    startOutput: join(dir, 'logs', 'gateway-start.log'),
    supervisorLog: join(dir, 'logs', 'gateway-supervisor.log'),
  };
}

/** The file that the configuration lets the log be written to. */
export function logFilePath(config: Config, dir: string): string {
  return resolve(dir, config.gateway.logging.file.path ?? join('logs', 'gateway.log'));
}
