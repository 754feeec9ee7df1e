import { createRequire } from 'node:module';

/** The first time after another, both in milliseconds since 1970; nothing when there is none any more. */
export type Times = (after: number) => number | undefined;

const MINUTE_MS = 60_000;
const load = createRequire(import.meta.url);

/** The times of an expression of five fields. Throws when it is none. What the clocks skip is at the hour after; what they repeat is once. */
export function timesOf(cron: string, timeZone: string): Times {
  // Loaded once there is a schedule, and at once: the configuration is checked without waiting.
  const { Cron } = load('croner') as typeof import('croner');
  const parsed = new Cron(cron, { mode: '5-part', timezone: timeZone, paused: true });
  return (after) => {
    for (let from = after; ; from += MINUTE_MS) {
      const next = parsed.nextRun(new Date(from))?.getTime();
      if (next === undefined || next > after) return next;
    }
  };
}

/** Whether it is a cron expression of five fields that has a time at all. */
export function isCron(cron: string): boolean {
  try {
    return timesOf(cron, 'UTC')(0) !== undefined;
  } catch {
    return false;
  }
}
