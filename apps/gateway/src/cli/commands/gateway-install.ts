import { stat } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { GatewayError } from '@openclaw-gateway/events';
import { readText } from '../../config/file.ts';
import { loadConfig } from '../../config/load.ts';
import { findRunning } from '../../operations/process.ts';
import {
  chooseManager,
  type InstallResult,
  installedService,
  installService,
  type Manager,
  type ManagerName,
  removeService,
  type ServiceOptions,
} from '../../operations/service/index.ts';
import type { Context } from '../context.ts';
import { paint, pairs, shortPath } from '../output.ts';
import { launch, runningGateway, serviceContext, startByManager } from './gateway-service.ts';
import { stopAndWait } from './gateway-stop.ts';

export type InstallOptions = ServiceOptions & { readonly manager?: ManagerName; readonly force?: true };

const PROVIDER_KEYS = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY'];

/** Makes the gateway a service and starts it; doing it again changes only what has changed. */
export async function installGateway(context: Context, options: InstallOptions): Promise<undefined> {
  // A service that must fail at its start should not be made.
  await loadConfig((await readText(context.paths.config)) ?? '', { env: context.env, allowMissingVariables: true });
  const service = await serviceContext(context);
  const { manager: asked, force, port, bind } = options;
  const before = await installedService(service);
  const own: ServiceOptions = {
    ...((port ?? before?.record.port) !== undefined && { port: port ?? before?.record.port }),
    ...((bind ?? before?.record.bind) !== undefined && { bind: bind ?? before?.record.bind }),
  } as ServiceOptions;
  const { manager, because } = await chooseManager(service, own, asked);
  await refuseMissingVariables(context, manager);
  await makeWay(context, manager, force === true);
  const result = await installService(service, manager, { ...own, force: force === true });
  await bringUp(context, result, own);
  await report(context, result, because);
}

/** Takes the service away. The state directory stays. */
export async function uninstallGateway(context: Context): Promise<undefined> {
  const service = await serviceContext(context);
  const installed = await installedService(service);
  if (!installed) {
    context.out.result({ ok: true, action: 'uninstall', removed: [] }, () => ['The gateway is not installed as a service.']);
    return;
  }
  const removed = await removeService(service, installed);
  const { dir } = context.paths;
  context.out.result({ ok: true, action: 'uninstall', manager: installed.manager.name, removed, kept: dir }, () => [
    `${paint('green', 'Uninstalled')}: the gateway is stopped, and nothing starts it by itself any more.`,
    ...pairs(removed.map((file) => ['Removed', shortPath(file)] as const)),
    ...pairs([['Kept', `${shortPath(dir)}: configuration, keys, events and logs`]]),
  ]);
}

/** A gateway that runs in another way must end first: two cannot share a state directory. */
async function makeWay(context: Context, manager: Manager, force: boolean): Promise<void> {
  const running = await findRunning(context.paths.pidFile);
  if (!running || running.service === manager.name) return;
  if (running.service === undefined && !force) {
    throw new GatewayError('LOG_LOCKED', {
      message: `The gateway runs in the foreground: pid ${running.pid}, ${running.url}.`,
      details: { pid: running.pid, remedy: 'Stop it, then install; or let --force stop it.' },
    });
  }
  await stopAndWait(context);
}

async function bringUp(context: Context, { manager, change }: InstallResult, options: ServiceOptions): Promise<void> {
  const running = await runningGateway(context);
  if (running && change === 'unchanged') return;
  if (running) await stopAndWait(context);
  await manager.enable();
  if (manager.name === 'background') await launch(context, options);
  else await startByManager(context, manager);
}

async function report(context: Context, { manager, change, movedFrom }: InstallResult, because: string | undefined): Promise<void> {
  const running = await runningGateway(context);
  const notes = [
    ...(because ? [`${because}. So it runs as a supervised process in the background.`] : []),
    ...(await manager.hints()),
    ...(await unseenKeys(context, manager)),
    ...(await openToOthers(context)),
  ];
  const value = {
    ok: true,
    action: 'install',
    manager: manager.name,
    change,
    ...(movedFrom && { movedFrom }),
    ...(manager.file && { path: manager.file }),
    ...(running && { pid: running.pid, url: running.url }),
    notes,
  };
  const changes = { created: 'Installed', updated: 'Updated', unchanged: 'Nothing to change' } as const;
  context.out.result(value, () => [
    `${paint('green', changes[change])}: the gateway ${whatItIs(manager)}.`,
    ...(movedFrom ? [`It was one of ${movedFrom} before; that is removed.`] : []),
    ...pairs([
      ...(manager.file ? [['File', shortPath(manager.file)] as const] : []),
      ...(running ? [['Running', `pid ${running.pid}, ${running.url}`] as const] : []),
    ]),
    ...notes.map((note) => paint('yellow', `Note: ${note}`)),
  ]);
}

function whatItIs({ name }: Manager): string {
  return name === 'background' ? 'runs in the background, and its supervisor starts it again after a crash' : `is a service of ${name}`;
}

/** A service does not see what is set in a shell, so what the configuration takes from there must be in the service's own file. */
async function refuseMissingVariables({ paths, env }: Context, { name }: Manager): Promise<void> {
  // A background process has the environment of whoever starts it.
  if (name === 'background') return;
  const [text = '', file = ''] = await Promise.all([readText(paths.config), readText(paths.serviceEnvironment)]);
  try {
    await loadConfig(text, { env: { HOME: env['HOME'], PATH: env['PATH'], USER: env['USER'], ...parseEnv(file) } });
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'CONFIG_ENV_MISSING') throw error;
    const missing = (error.details?.['variables'] ?? []) as readonly { readonly variable: string }[];
    const names = [...new Set(missing.map(({ variable }) => variable))];
    const remedy = `Put ${names.map((variable) => `${variable}=…`).join(' and ')} into ${shortPath(paths.serviceEnvironment)}, one a line, readable by you only (\`chmod 600\`), then install again.`;
    throw new GatewayError('CONFIG_ENV_MISSING', {
      message: `The configuration takes ${names.join(', ')} from the environment, and a service of ${name} does not see your shell's.`,
      details: { variables: missing, remedy },
    });
  }
}

/** Keys of model providers that work from a shell without a word in the configuration, and are not there for a service. */
async function unseenKeys({ paths, env }: Context, { name }: Manager): Promise<string[]> {
  if (name === 'background') return [];
  const known = parseEnv((await readText(paths.serviceEnvironment)) ?? '');
  const names = PROVIDER_KEYS.filter((key) => env[key] && known[key] === undefined);
  if (names.length === 0) return [];
  return [
    `A service does not see ${names.join(' and ')} of your shell. If it should, put ${names.length === 1 ? 'it' : 'them'} into ${shortPath(paths.serviceEnvironment)} (\`chmod 600\`) and restart.`,
  ];
}

async function openToOthers({ paths }: Context): Promise<string[]> {
  const mode = await stat(paths.serviceEnvironment).then(
    (found) => found.mode,
    () => 0,
  );
  return (mode & 0o077) === 0
    ? []
    : [`Others on this machine can read ${shortPath(paths.serviceEnvironment)}: \`chmod 600 ${shortPath(paths.serviceEnvironment)}\``];
}
