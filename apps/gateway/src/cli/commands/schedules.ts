/** `openclaw schedules …`: through the running gateway. */
import type { ScheduleRow } from '../../schedules/index.ts';
import type { Context } from '../context.ts';
import { formatTime, paint, table } from '../output.ts';

const COLOURS = { fired: 'green', skipped: 'yellow', failed: 'red' } as const;

export async function listSchedules(context: Context): Promise<undefined> {
  const answer = await (await context.api()).get<{ readonly schedules: readonly ScheduleRow[] }>('/api/schedules');
  context.out.result(answer, () => describe(answer.schedules));
}

export async function runSchedule(context: Context, _options: unknown, name: string): Promise<undefined> {
  const api = await context.api();
  const { messageId } = await api.send<{ messageId: string }>('POST', `/api/schedules/${encodeURIComponent(name)}/run`, {});
  context.out.result({ ok: true, name, messageId }, () => [`The message of ${name} was submitted as ${messageId}.`]);
}

function describe(schedules: readonly ScheduleRow[]): string[] {
  if (schedules.length === 0) return ['There are no schedules: see schedules in the configuration.'];
  const rows = schedules.map(({ name, cron, timeZone, enabled, next, last }) => [
    name,
    `${cron} (${timeZone})`,
    enabled ? (next === undefined ? 'never' : formatTime(next)) : 'off',
    last ? formatTime(last.plannedAt) : '-',
    last ? paint(COLOURS[last.outcome], last.error ? `${last.outcome}: ${last.error.code}` : last.outcome) : '-',
  ]);
  return table(['SCHEDULE', 'WHEN', 'NEXT', 'LAST', 'OUTCOME'], rows);
}
