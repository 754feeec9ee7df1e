/** Days and hours of a week, in the time of a place. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

export type Schedule = {
  /** Every day when left out. */
  readonly days?: readonly Day[] | undefined;
  /** `HH:MM`; the whole day when both are left out. A time that ends before it begins ends on the next day. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** As the IANA names it, such as `Europe/Berlin`. */
  readonly timeZone: string;
};

const formats = new Map<string, Intl.DateTimeFormat>();

/** The day and time of a moment at a place. @example wallClock(0, 'UTC') // { day: 'thu', time: '00:00' } */
export function wallClock(at: number, timeZone: string): { readonly day: Day; readonly time: string } {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  formats.set(timeZone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return { day: (parts['weekday'] ?? '').toLowerCase() as Day, time: `${parts['hour']}:${parts['minute']}` };
}

/** Whether a moment is in the schedule. What begins on a day belongs to it, also after midnight. Pure. */
export function isWithin(schedule: Schedule, at: number): boolean {
  const { from = '00:00', to = '24:00', days = DAYS, timeZone } = schedule;
  const { day, time } = wallClock(at, timeZone);
  if (from < to) return days.includes(day) && from <= time && time < to;
  return (days.includes(day) && from <= time) || (days.includes(dayBefore(day)) && time < to);
}

export function describeSchedule({ days = DAYS, from = '00:00', to = '24:00', timeZone }: Schedule): string {
  return `${days.length === DAYS.length ? 'daily' : days.join(',')} ${from}-${to} ${timeZone}`;
}

function dayBefore(day: Day): Day {
  return DAYS[(DAYS.indexOf(day) + DAYS.length - 1) % DAYS.length] ?? day;
}
