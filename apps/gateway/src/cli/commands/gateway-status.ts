import { GatewayError, toGatewayError } from '@openclaw-gateway/events/errors';
import { findPortHolder } from '../../operations/port.ts';
import { createApi, isReady } from '../api.ts';
import type { Context } from '../context.ts';
import { paint, pairs, shortPath } from '../output.ts';

type Health = { readonly components: { readonly gateway: { readonly uptime: string; readonly version: string } } };

/** Whether a gateway runs, and whether it answers. The exit code is 1 when it runs and does not. */
export async function gatewayStatus(context: Context): Promise<number> {
  const { url, running } = await context.address();
  const refused = await isConfigRefused(context);
  const answer = await ask(url);
  if (running || answer.ok) {
    const pid = running?.pid ?? (await findPortHolder(Number(new URL(url).port)))?.pid;
    const problem = answer.ok ? undefined : answer.error;
    const value = {
      ok: answer.ok,
      runtime: 'running',
      pid,
      url,
      ...(answer.ok ? answer.health && { ...answer.health } : { error: answer.error.toBody() }),
    };
    context.out.result(value, () => [
      `Runtime: ${paint('green', 'running')}${pid ? ` (pid ${pid})` : ''}`,
      ...(problem ? [] : ['Connection: ok']),
      ...pairs([
        ['Address', url],
        ...(answer.ok && answer.health
          ? ([
              ['Version', answer.health.version],
              ['Uptime', answer.health.uptime],
            ] as const)
          : []),
        ['State', shortPath(context.paths.dir)],
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
  const holder = await findPortHolder(Number(new URL(url).port));
  context.out.result({ ok: true, runtime: 'stopped', url, ...(holder && { portHolder: holder }) }, () => [
    `Runtime: ${paint('yellow', 'stopped')}`,
    ...(holder ? [`Port ${new URL(url).port} is held by another process, pid ${holder.pid}: ${holder.command}`] : []),
    refused
      ? 'Its configuration is refused, so it cannot start: see `openclaw config validate`.'
      : 'Start it with `openclaw gateway start`, or `openclaw gateway run` to see its output.',
  ]);
  return 0;
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

async function ask(url: string): Promise<Answer> {
  try {
    const { components } = await createApi(url, undefined).get<Health>('/health');
    return { ok: true, health: { version: components.gateway.version, uptime: components.gateway.uptime } };
  } catch (thrown) {
    // The health check may be turned off.
    if (await isReady(url)) return { ok: true };
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
