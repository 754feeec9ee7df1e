/**
 * The gateway as a service: systemd or launchd of the user, or a supervised process in the background where neither answers. What
 * was installed is written down in the state directory. Service managers are asked and told here and nowhere else.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { GatewayError } from '@openclaw-gateway/events';
import type { StatePaths } from '../state-dir.ts';
import { background } from './background.ts';
import { cleanSearchPath, defineService, type ManagerName, type ServiceOptions, type ServiceRecord, stopTimeoutMs } from './definition.ts';
import { launchd } from './launchd.ts';
import { type Change, type Manager, writeServiceFile } from './manager.ts';
import { systemd } from './systemd.ts';

export type { ManagerName, ServiceOptions, ServiceRecord } from './definition.ts';
export type { Change, Manager, ServiceState } from './manager.ts';

export type ServiceContext = {
  readonly paths: StatePaths;
  readonly env: NodeJS.ProcessEnv;
  /** `gateway.shutdown.drainTimeout`. */
  readonly drainMs: number;
  /** Starts a supervised process in the background. */
  readonly launch: (options: ServiceOptions) => Promise<void>;
};

export type Installed = { readonly record: ServiceRecord; readonly manager: Manager };

/** The service of this state directory, if it was installed as one. */
export async function installedService(context: ServiceContext): Promise<Installed | undefined> {
  const text = await readFile(context.paths.service, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as ServiceRecord;
    if (!['systemd', 'launchd', 'background'].includes(record.manager)) return undefined;
    return { record, manager: managerNamed(record.manager, context, record) };
  } catch {
    return undefined;
  }
}

export type Choice = { readonly manager: Manager /** Why it is not the system's own. */; readonly because?: string };

/**
 * The manager to install with: the one that is asked for, else the system's own if it really answers, else the background process.
 * Throws SERVICE_MANAGER_UNAVAILABLE when the one that is asked for does not answer.
 */
export async function chooseManager(context: ServiceContext, options: ServiceOptions, asked?: ManagerName): Promise<Choice> {
  const own = process.platform === 'darwin' ? 'launchd' : process.platform === 'linux' ? 'systemd' : 'background';
  const manager = managerNamed(asked ?? own, context, options);
  const reason = await manager.unavailable();
  if (reason === undefined) return { manager };
  if (asked !== undefined) {
    throw new GatewayError('SERVICE_MANAGER_UNAVAILABLE', {
      message: `${asked} does not answer this user: ${reason}.`,
      details: {
        manager: asked,
        reason,
        remedy:
          asked === 'systemd'
            ? 'Sign in as this user itself rather than by su or sudo, or set XDG_RUNTIME_DIR=/run/user/$(id -u). Without systemd, use --manager background.'
            : 'Sign in to the desktop of this Mac as this user, or use --manager background.',
      },
    });
  }
  return { manager: managerNamed('background', context, options), because: `${own} does not answer this user: ${reason}` };
}

export type InstallResult = {
  readonly manager: Manager;
  readonly change: Change;
  /** Another manager had it before. */
  readonly movedFrom?: ManagerName;
};

/**
 * Makes the gateway a service, or brings the service up to date, without starting it. Throws SERVICE_TAKEN when the service is another
 * state directory's, unless `force`.
 */
export async function installService(
  context: ServiceContext,
  manager: Manager,
  options: ServiceOptions & { readonly force: boolean },
): Promise<InstallResult> {
  const { force, ...own } = options;
  const before = await installedService(context);
  if (!force) await refuseWhenTaken(context, manager);
  const movedFrom = before && before.manager.name !== manager.name ? before.manager.name : undefined;
  if (before && movedFrom) await removeService(context, before);
  const searchPath = cleanSearchPath(context.env['PATH']);
  const record: ServiceRecord = { manager: manager.name, ...own, ...(searchPath && { searchPath }) };
  const recorded = `${JSON.stringify(record)}\n`;
  const recordedBefore = await readFile(context.paths.service, 'utf8').catch(() => undefined);
  let change: Change = recordedBefore === undefined ? 'created' : recordedBefore === recorded ? 'unchanged' : 'updated';
  if (manager.file !== undefined) change = await writeServiceFile(manager.file, await manager.render(defineService(record, context)));
  await writeFile(`${context.paths.service}.tmp`, recorded, { mode: 0o600 });
  await rename(`${context.paths.service}.tmp`, context.paths.service);
  return { manager, change, ...(movedFrom && { movedFrom }) };
}

/** Stops the service and leaves nothing of it behind but the state directory. Resolves with the files that were removed. */
export async function removeService({ paths }: ServiceContext, { manager }: Installed): Promise<readonly string[]> {
  await manager.disable();
  const files = [manager.file, paths.service].filter((file) => file !== undefined);
  for (const file of files) await rm(file, { force: true });
  await manager.forgotten();
  return files;
}

/** In what the installed file is not what an install would write now; nothing when it is. */
export async function serviceDrift(context: ServiceContext, { record, manager }: Installed): Promise<string | undefined> {
  if (manager.file === undefined) return undefined;
  const installed = await readFile(manager.file, 'utf8').catch(() => undefined);
  if (installed === undefined) return `${manager.file} is gone`;
  const wanted = await manager.render(defineService(record, context));
  if (installed === wanted) return undefined;
  const before = new Set(installed.split('\n'));
  const line = wanted.split('\n').find((candidate) => !before.has(candidate));
  return line === undefined ? 'it has lines that an install would not write' : `an install would now write ${line.trim().slice(0, 200)}`;
}

async function refuseWhenTaken({ paths }: ServiceContext, { file, name }: Manager): Promise<void> {
  if (file === undefined) return;
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const other = text === undefined ? undefined : stateDirIn(text);
  if (other === undefined || other === paths.dir) return;
  throw new GatewayError('SERVICE_TAKEN', {
    message: `The ${name} service is installed for another state directory, ${other}.`,
    details: { path: file, stateDir: other },
  });
}

/** The state directory that a unit or a property list names, as this program writes them. */
function stateDirIn(text: string): string | undefined {
  const unit = /^Environment="OPENCLAW_STATE_DIR=(.*)"$/m.exec(text)?.[1];
  if (unit !== undefined) return unit.replaceAll('%%', '%').replaceAll(/\\(.)/g, '$1');
  const plist = /<key>OPENCLAW_STATE_DIR<\/key>\s*<string>(.*?)<\/string>/s.exec(text)?.[1];
  return plist?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function managerNamed(name: ManagerName, context: ServiceContext, options: ServiceOptions): Manager {
  const { env, paths } = context;
  const home = env['HOME'] || homedir();
  const timeoutMs = stopTimeoutMs(context.drainMs);
  if (name === 'systemd') return systemd({ env, home, stopTimeoutMs: timeoutMs });
  if (name === 'launchd') return launchd({ env, home, stopTimeoutMs: timeoutMs });
  return background({ paths, stopTimeoutMs: timeoutMs, launch: () => context.launch(options) });
}
