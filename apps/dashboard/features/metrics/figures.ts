import type { Outputs } from '../../data/trpc.ts';
import type { Format } from '../../i18n/format.ts';

type Unit = Outputs['metrics']['charts']['charts'][number]['unit'];

const SHARE_DIGITS = 100;

/** How a figure of a unit is written. */
export function writeFigure(format: Format, unit: Unit): (value: number) => string {
  switch (unit) {
    case 'seconds':
      return (value) => (value === 0 ? format.duration(0) : format.duration(value * 1000));
    case 'bytes':
      return format.bytes;
    case 'share':
      return (value) => share(format, value);
    case 'count':
    case 'perMinute':
      return format.decimal;
  }
}

/** A part of one in percent. */
export function share(format: Format, value: number): string {
  return `${format.decimal(value * SHARE_DIGITS)} %`;
}
