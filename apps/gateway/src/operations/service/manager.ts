/** What every service manager can do for the gateway. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import type { ManagerName, ServiceDefinition } from './definition.ts';

export type ServiceState = {
  /** Whether the manager runs it, or means to as soon as it may. */
  readonly active: boolean;
  /** The manager's own word, such as `active` or `failed`. */
  readonly state: string;
  readonly pid?: number;
  /** The exit code of a service that has ended. */
  readonly exitCode?: number;
  /** How often the manager has started it again by itself. */
  readonly restarts?: number;
};

export type Change = 'created' | 'updated' | 'unchanged';

export interface Manager {
  readonly name: ManagerName;
  /** The file that makes the gateway a service; none for the background process. */
  readonly file: string | undefined;
  /** Why the manager cannot be used here; nothing when it can. It is really asked. */
  unavailable(): Promise<string | undefined>;
  /** What the file should hold. */
  render(definition: ServiceDefinition): Promise<string>;
  /** Tells the manager of a file that was written, and has it started at each sign-in. */
  enable(): Promise<void>;
  /** Stops it and has the manager forget it. The file is still there. */
  disable(): Promise<void>;
  /** Called when the file is gone. */
  forgotten(): Promise<void>;
  start(): Promise<void>;
  /** Stops it in good order; resolves when it has ended. */
  stop(): Promise<void>;
  state(): Promise<ServiceState>;
  /** What a user should know, such as that it ends when they sign out. */
  hints(): Promise<readonly string[]>;
}

/** Writes the file of a service, if it is not there already as it should be. */
export async function writeServiceFile(path: string, content: string): Promise<Change> {
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before === content) return 'unchanged';
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.tmp`, content, { mode: 0o644 });
    await rename(`${path}.tmp`, path);
  } catch (error) {
    await rm(`${path}.tmp`, { force: true }).catch(() => undefined);
    throw new GatewayError('SERVICE_FAILED', {
      message: `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      details: { path, remedy: 'Make its folder writable for this user, then install again.' },
    });
  }
  return before === undefined ? 'created' : 'updated';
}
