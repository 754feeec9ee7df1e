/** Days of a time zone. */
const HOUR_MS = 3_600_000;
/** A day with a change of the clock has 25 hours at most; some zones once left one out. */
const LONGEST_DAY_HOURS = 49;

export type Days = {
  /** As 2026-01-31. */
  readonly dayOf: (time: number) => string;
  readonly startOf: (time: number) => number;
  /** When the next day begins. */
  readonly endOf: (time: number) => number;
};

/** @param timeZone a name such as Europe/Lisbon; throws RangeError when there is none of that name. */
export function daysIn(timeZone: string): Days {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  let known = { from: 1, to: 0, day: '' };
  const edge = (time: number, direction: 1 | -1): number => {
    const day = format.format(time);
    let [inside, outside] = [time, time + direction * LONGEST_DAY_HOURS * HOUR_MS];
    while (Math.abs(outside - inside) > 1) {
      const middle = Math.floor((inside + outside) / 2);
      if (format.format(middle) === day) inside = middle;
      else outside = middle;
    }
    return direction === 1 ? outside : inside;
  };
  const find = (time: number) => {
    if (time < known.from || time >= known.to) known = { from: edge(time, -1), to: edge(time, 1), day: format.format(time) };
    return known;
  };
  return { dayOf: (time) => find(time).day, startOf: (time) => find(time).from, endOf: (time) => find(time).to };
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
