import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { count, explain, name, problem } from './shared.ts';

/** As the configuration said it then. */
const rule = { name, cron: z.string().max(200), timeZone: z.string().max(64) };
/** The time it was for, in milliseconds since 1970. */
const plannedAt = count;

export const ScheduleSet = defineEvent('schedule.set', {
  version: 1,
  description: 'A schedule is new, was changed, or was switched on or off: its times count from here.',
  schema: z.object({ ...rule, enabled: z.boolean(), from: count }),
  summary: (d) => `Schedule ${d.name}: ${d.enabled ? `${d.cron} (${d.timeZone})` : 'off'}`,
  retention: 'audit',
});

export const ScheduleFired = defineEvent('schedule.fired', {
  version: 1,
  description: 'The message of a schedule was submitted. Recorded after the message, which is the same one should it be submitted again.',
  schema: z.object({ ...rule, plannedAt, messageId: name, why: z.enum(['due', 'missed', 'asked']) }),
  summary: (d) => `Schedule ${d.name} for ${time(d.plannedAt)}${WHY[d.why]}`,
  retention: 'audit',
});

export const ScheduleSkipped = defineEvent('schedule.skipped', {
  version: 1,
  description:
    'The times of a schedule up to this one passed while the gateway could not submit its message, and it says that such are left out.',
  schema: z.object({ ...rule, plannedAt }),
  summary: (d) => `Schedule ${d.name} for ${time(d.plannedAt)} left out`,
  retention: 'audit',
  severity: 'warn',
});

export const ScheduleFailed = defineEvent('schedule.failed', {
  version: 1,
  description: 'The message of a schedule was not taken; it is not submitted again for this time.',
  schema: z.object({ ...rule, plannedAt, problem, messageId: name.optional() }),
  summary: (d) => `Schedule ${d.name} for ${time(d.plannedAt)} failed: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'error',
});

const WHY = { due: '', missed: ', missed and made up for', asked: ', asked for by an operator' } as const;
const time = (at: number) => new Date(at).toISOString();

/** From when on the times of a schedule are still to come. */
export type ScheduleState = { readonly doneUntil: number };

export const Schedule = defineAggregate<ScheduleState>({
  name: 'schedule',
  events: [ScheduleSet, ScheduleFired, ScheduleSkipped, ScheduleFailed],
  initial: () => ({ doneUntil: 0 }),
  evolve: (state, event) => {
    if (ScheduleSet.is(event)) return { doneUntil: event.data.from };
    const isTime = ScheduleFired.is(event) || ScheduleSkipped.is(event) || ScheduleFailed.is(event);
    return isTime ? { doneUntil: event.data.plannedAt } : state;
  },
});
