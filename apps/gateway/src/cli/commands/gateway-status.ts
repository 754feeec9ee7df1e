import { GatewayError, toGatewayError } from '@openclaw-gateway/events/errors';
import { readBootRecord, type SafeMode, safeModeError } from '../../operations/boot-record.ts';
import { findPortHolder } from '../../operations/port.ts';
import { installedService, type ServiceState, serviceDrift } from '../../operations/service/index.ts';
import { findSupervisor } from '../../operations/service/supervisor.ts';
import { createApi, isReady } from '../api.ts';
import type { Context } from '../context.ts';
import { formatAgo, paint, pairs, shortPath } from '../output.ts';
import type { Trust } from '../trust.ts';
import { serviceContext } from './gateway-service.ts';

type Health = { readonly components: { readonly gateway: { readonly uptime: string; readonly version: string } } };
type Line = readonly [string, string];

/** Whether a gateway runs, and whether it answers. The exit code is 1 when it runs and does not. */
export async function gatewayStatus(context: Context): Promise<number> {
  const { url, running } = await context.address();
  const isHere = context.remote === undefined;
  const refused = isHere && (await isConfigRefused(context));
  const service = isHere ? await describeService(context) : undefined;
  const safeMode = isHere ? (await readBootRecord(context.paths.boot)).safeMode : undefined;
  const answer = await ask(url, context.trust);
  if (running || answer.ok) {
    const pid = isHere ? (running?.pid ?? (await findPortHolder(Number(new URL(url).port)))?.pid) : undefined;
    const problem = answer.ok ? undefined : answer.error;
    const inSafeMode = running?.safeMode === true;
    const value = {
      ok: answer.ok,
      runtime: 'running',
      pid,
      url,
      port: Number(new URL(url).port),
      ...(service && { service: service.value }),
      ...(inSafeMode && { safeMode: safeMode ?? { asked: true } }),
      ...(answer.ok ? answer.health && { ...answer.health } : { error: answer.error.toBody() }),
    };
    context.out.result(value, () => [
      `Runtime: ${paint('green', 'running')}${pid ? ` (pid ${pid})` : ''}`,
      ...(inSafeMode ? banner(safeMode) : []),
      ...(problem ? [] : ['Connection: ok']),
      ...pairs([
        ['Address', url],
        ...(answer.ok && answer.health
          ? ([
              ['Version', answer.health.version],
              ['Uptime', answer.health.uptime],
            ] as const)
          : []),
        ...(isHere ? ([['State', shortPath(context.paths.dir)]] as const) : []),
        ...(service?.lines ?? []),
        ...(refused
          ? ([['Config', `${paint('red', 'refused')}; the last good one is in force. See \`openclaw config validate\`.`]] as const)
          : []),
      ]),
    ]);
    if (problem && !context.out.json) {
      context.out.note(
        `${paint('red', problem.message)}\nWhat to do: look at \`openclaw logs --level warn\`; if it does not recover, \`openclaw gateway restart\`.`,
      );
    }
    return problem ? 1 : 0;
  }
  // Whether it is stopped or the way to it is, cannot be told from here.
  if (!isHere) throw answer.error;
  const holder = await findPortHolder(Number(new URL(url).port));
  const why = await whyItStopped(context);
  const supervisor = await findSupervisor(context.paths);
  const value = {
    ok: true,
    runtime: 'stopped',
    url,
    ...(service && { service: service.value }),
    ...(safeMode && { safeMode }),
    ...(why && { lastFailure: why }),
  };
  context.out.result({ ...value, ...(holder && { portHolder: holder }) }, () => [
    `Runtime: ${paint('yellow', 'stopped')}`,
    ...pairs(service?.lines ?? []),
    ...(holder ? [`Port ${new URL(url).port} is held by another process, pid ${holder.pid}: ${holder.command}`] : []),
    ...(why ? [`Its last start failed ${formatAgo(why.at)}: ${why.message}`] : []),
    ...(safeMode ? ['It starts in safe mode next; `openclaw gateway restart --normal` starts it as usual.'] : []),
    refused
      ? 'Its configuration is refused, so it cannot start: see `openclaw config validate`.'
      : supervisor !== undefined
        ? `It crashed or is starting; its supervisor, pid ${supervisor}, starts it again. See ${shortPath(context.paths.supervisorLog)}.`
        : 'Start it with `openclaw gateway start`, or `openclaw gateway run` to see its output.',
  ]);
  return 0;
}

/** Why it is in safe mode and how to leave that. */
export function banner(safeMode: SafeMode | undefined): string[] {
  if (!safeMode || safeMode.asked) {
    return [
      paint(
        'yellow',
        'Safe mode, as it was asked to: no channel, no message, no model. Leave it with `openclaw gateway restart --normal`.',
      ),
    ];
  }
  return [
    paint('yellow', safeModeError(safeMode).message),
    paint('yellow', 'Leave it with `openclaw gateway restart --normal`, or change the configuration so that the cause is gone.'),
  ];
}

async function whyItStopped(context: Context) {
  const { refused, attempts } = await readBootRecord(context.paths.boot);
  return refused ?? attempts.findLast(({ problem }) => problem)?.problem;
}

/** Who starts the gateway, and whether that is as an install would make it now. */
async function describeService(context: Context): Promise<{ readonly value: object; readonly lines: readonly Line[] }> {
  const about = await serviceContext(context);
  const installed = await installedService(about);
  if (!installed) {
    const supervisor = await findSupervisor(context.paths);
    const words =
      supervisor === undefined
        ? 'not installed as one; `openclaw gateway install` makes it one'
        : `not installed as one; supervised by pid ${supervisor}`;
    return { value: { installed: false, ...(supervisor !== undefined && { supervisor }) }, lines: [['Service', words]] };
  }
  const { manager } = installed;
  const state = await manager.state().catch((error: unknown) => toGatewayError(error));
  const drift = await serviceDrift(about, installed).catch(() => undefined);
  const lines: Line[] = [
    ['Service', `${manager.name}, ${state instanceof GatewayError ? paint('red', state.message) : stateInWords(state)}`],
    ...(drift ? ([['Drift', paint('yellow', `the service is out of date: ${drift}. Run \`openclaw gateway install\`.`)]] as const) : []),
  ];
  const value = {
    installed: true,
    manager: manager.name,
    ...(manager.file && { path: manager.file }),
    ...(state instanceof GatewayError ? { error: state.toBody() } : state),
    ...(drift && { drift }),
  };
  return { value, lines };
}

function stateInWords({ state, restarts, exitCode }: ServiceState): string {
  const again = restarts ? `, started again ${restarts} ${restarts === 1 ? 'time' : 'times'}` : '';
  return `${state}${exitCode === undefined ? '' : `, exit code ${exitCode}`}${again}`;
}

function isConfigRefused(context: Context): Promise<boolean> {
  return context.config().then(
    () => false,
    () => true,
  );
}

type Answer =
  | { readonly ok: true; readonly health?: { readonly version: string; readonly uptime: string } }
  | { readonly ok: false; readonly error: GatewayError };

async function ask(url: string, trust: Trust): Promise<Answer> {
  try {
    const { components } = await createApi(url, undefined, trust).get<Health>('/health');
    return { ok: true, health: { version: components.gateway.version, uptime: components.gateway.uptime } };
  } catch (thrown) {
    // The health check may be turned off.
    if (await isReady(url, trust)) return { ok: true };
    const error = toGatewayError(thrown);
    return {
      ok: false,
      error:
        error.code === 'INTERNAL'
          ? new GatewayError('GATEWAY_UNREACHABLE', { message: `Connection failed: ${url} gave no health.` })
          : error,
    };
  }
}
