import { GatewayError } from '@openclaw-gateway/events';
import { readText } from '../../config/file.ts';
import { loadConfig } from '../../config/load.ts';
import { askForNextStart } from '../../operations/boot-record.ts';
import { type Installed, installedService } from '../../operations/service/index.ts';
import type { Context } from '../context.ts';
import {
  launch,
  reportStarted,
  runningGateway,
  SAFE_MODE_NOTE,
  type StartOptions,
  serviceContext,
  startByManager,
} from './gateway-service.ts';
import { stopAndWait } from './gateway-stop.ts';

export type RestartOptions = StartOptions & { readonly safe?: true; readonly normal?: true };

/** Starts the gateway as its service, or in the background where it is none; a running one stays as it is. */
export async function startGateway(context: Context, options: StartOptions): Promise<undefined> {
  const running = await runningGateway(context);
  if (running) {
    const { pid, url, safeMode } = running;
    context.out.result({ ok: true, pid, url, alreadyRunning: true, ...(safeMode && { safeMode }) }, () => [
      `The gateway runs already: pid ${pid}, ${url}`,
      ...(safeMode ? [SAFE_MODE_NOTE] : []),
    ]);
    return;
  }
  const installed = await installedService(await serviceContext(context));
  await start(context, installed, options);
  await reportStarted(context, 'Started');
}

/** Stops the gateway, if it runs, and starts it; on the port and address it had, unless others are given. */
export async function restartGateway(context: Context, options: RestartOptions): Promise<undefined> {
  const { safe, normal, ...startOptions } = options;
  if (safe && normal) throw new GatewayError('USAGE', { message: 'Give --safe or --normal, not both.' });
  // A configuration that is refused would leave the gateway stopped.
  await loadConfig((await readText(context.paths.config)) ?? '', { env: context.env, allowMissingVariables: true });
  const installed = await installedService(await serviceContext(context));
  refuseOptionsOfService(installed, startOptions);
  const before = await stopAndWait(context);
  if (safe || normal) await askForNextStart(context.paths.boot, safe ? 'safe' : 'normal');
  await start(context, installed, { ...(installed ? {} : await differentFromConfig(context, before)), ...startOptions });
  await reportStarted(context, 'Restarted');
}

async function start(context: Context, installed: Installed | undefined, options: StartOptions): Promise<void> {
  refuseOptionsOfService(installed, options);
  if (!installed || installed.manager.name === 'background') {
    const { port, bind } = installed?.record ?? {};
    await launch(context, { ...(port !== undefined && { port }), ...(bind !== undefined && { bind }), ...options });
  } else await startByManager(context, installed.manager);
}

/** What a service is started with is in its file. */
function refuseOptionsOfService(installed: Installed | undefined, { port, bind, verbose }: StartOptions): void {
  if (!installed || installed.manager.name === 'background') return;
  if (port === undefined && bind === undefined && !verbose) return;
  throw new GatewayError('USAGE', {
    message: `The gateway is a service of ${installed.manager.name}, which starts it as it was installed.`,
    details: { remedy: 'Set port and address with `openclaw gateway install --port … --bind …`, or in the configuration.' },
  });
}

async function differentFromConfig(context: Context, before: string | undefined): Promise<StartOptions> {
  if (before === undefined) return {};
  const address = new URL(before);
  const { config } = await context.config();
  const { port } = config.gateway.network;
  return Number(address.port) !== port && port !== 0 ? { port: Number(address.port) } : {};
}
