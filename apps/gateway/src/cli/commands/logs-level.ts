import { GatewayError } from '@openclaw-gateway/events';
import type { LogLevelState } from '../../operations/log-level.ts';
import type { LogLevel } from '../../operations/logs.ts';
import type { Context } from '../context.ts';
import { formatTime } from '../output.ts';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'fatal'];

/** Prints how much the running gateway writes to its log, or changes it. */
export async function logsLevel(context: Context, options: { readonly for?: number }, level: string | undefined): Promise<undefined> {
  if (level !== undefined && !LEVELS.includes(level as LogLevel)) {
    throw new GatewayError('USAGE', { message: `There is no level '${level}'. Allowed choices are ${LEVELS.join(', ')}.` });
  }
  if (level === undefined && options.for !== undefined)
    throw new GatewayError('USAGE', { message: 'Name a level, such as `logs level debug --for 15m`.' });
  const api = await context.apiIfRunning();
  if (!api) {
    throw new GatewayError('GATEWAY_UNREACHABLE', {
      message: 'The gateway is stopped, so its log has no level to change.',
      details: { remedy: 'For the next start: `openclaw config set gateway.logging.level debug`.' },
    });
  }
  const state =
    level === undefined
      ? await api.get<LogLevelState>('/api/log-level')
      : await api.send<LogLevelState>('POST', '/api/log-level', { level, ...(options.for !== undefined && { forMs: options.for }) });
  context.out.result({ ok: true, ...state }, () => [describe(state)]);
}

function describe({ level, configured, until }: LogLevelState): string {
  if (until !== undefined) return `${level} until ${formatTime(until)}, then ${configured} as configured.`;
  return level === configured ? `${level}, as configured.` : `${level} until the next start, then ${configured} as configured.`;
}
