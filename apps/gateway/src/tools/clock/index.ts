/** The time of day, which a model cannot know. */
import { GatewayError } from '@openclaw-gateway/events';
import { defineTool } from '@openclaw-gateway/sdk';
import { z } from 'zod';

export default defineTool({
  name: 'clock.now',
  description: 'The current date and time. Give an IANA time zone such as "Europe/Berlin" for the time there; the default is UTC.',
  parameters: z.strictObject({ timezone: z.string().min(1).max(64).describe('An IANA time zone, such as "Asia/Shanghai".').optional() }),
  effect: 'read',
  run: async ({ timezone = 'UTC' }) => timeIn(timezone, new Date()),
});

/** The moment as one says it in a zone: `{ time: '2026-11-22T19:04:05+01:00', weekday: 'Sunday', timezone: 'Europe/Berlin' }`. */
export function timeIn(timezone: string, moment: Date) {
  const parts = new Map(
    formatter(timezone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  return {
    time: `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}${offset}`,
    weekday: part('weekday'),
    timezone,
  };
}

function formatter(timezone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      weekday: 'long',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    });
  } catch {
    throw new GatewayError('TOOL_BAD_ARGUMENTS', {
      message: `${JSON.stringify(timezone)} is not a time zone; use an IANA name such as "Europe/Berlin".`,
      details: { timezone },
    });
  }
}
