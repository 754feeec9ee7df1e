import type { Catalog } from './en/index.ts';

export type Locale = 'en' | 'zh-CN';

/** How a locale writes figures and times. Milliseconds in, text out. */
export type Format = ReturnType<typeof formatFor>;

/** `timeZone` is that of the browser when left out. */
export function formatFor(locale: Locale, t: Catalog, timeZone?: 'UTC') {
  const zone = timeZone && { timeZone };
  const number = new Intl.NumberFormat(locale);
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const dollars = new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD', maximumFractionDigits: 4, minimumFractionDigits: 2 });
  const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  const clock = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    ...zone,
  });
  const minute = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...zone });
  const day = new Intl.DateTimeFormat(locale, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...zone,
  });
  const second = new Intl.DateTimeFormat(locale, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...zone,
  });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23', ...zone });
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'narrow', maximumFractionDigits: value < 10 ? 1 : 0 }).format(
      value,
    );

  const duration = (ms: number): string => {
    if (ms < 1) return unit(ms, 'millisecond');
    if (ms < 1_000) return unit(Math.round(ms), 'millisecond');
    if (ms < 60_000) return unit(ms / 1_000, 'second');
    if (ms < 3_600_000) return unit(Math.floor(ms / 60_000), 'minute');
    if (ms < 86_400_000) return unit(Math.floor(ms / 3_600_000), 'hour');
    return unit(Math.floor(ms / 86_400_000), 'day');
  };

  return {
    number: (value: number) => number.format(value),
    decimal: (value: number) => decimal.format(value),
    dollars: (value: number) => dollars.format(value),
    compact: (value: number) => compact.format(value),
    clock: (time: number) => clock.format(time),
    minute: (time: number) => minute.format(time),
    day: (time: number) => day.format(time),
    second: (time: number) => second.format(time),
    full: (time: number) => full.format(time),
    duration,
    bytes: (size: number) => {
      if (size < 1_000) return unit(size, 'byte');
      if (size < 1_000_000) return unit(size / 1_000, 'kilobyte');
      return size < 1_000_000_000 ? unit(size / 1_000_000, 'megabyte') : unit(size / 1_000_000_000, 'gigabyte');
    },
    ago: (time: number, nowMs: number) => (nowMs - time < 5_000 ? t.time.now : t.time.ago(duration(nowMs - time))),
  };
}
