/** What a person puts together in the wizard, and what is asked of the gateway for it. */
import { CLASSES } from '../audit/audit-url.ts';
import type { TimeRange } from '../frame/time-range.ts';
import type { ExportsQuery } from './exports-url.ts';

export { CLASSES };
export const FORMATS = ['jsonl', 'csv', 'cef', 'ocsf'] as const;
export const PROFILES = ['default', 'strict', 'none'] as const;
export const SPANS = ['-1d', '-7d', '-30d', '-90d', 'all', 'custom'] as const;
export const STEPS = ['scope', 'fields', 'format', 'masking', 'destination', 'review'] as const;
export const COLUMNS = [
  'position',
  'time',
  'type',
  'severity',
  'outcome',
  'summary',
  'reason',
  'actor_type',
  'actor',
  'channel',
  'agent',
  'session',
  'correlation',
  'causation',
  'run',
  'stream',
  'stream_version',
  'schema_version',
  'id',
  'hash',
  'previous_hash',
  'data_hash',
  'data',
] as const;

export type Step = (typeof STEPS)[number];
export type Order = {
  readonly query: string;
  readonly classes: readonly (typeof CLASSES)[number][];
  readonly span: (typeof SPANS)[number];
  readonly from: string;
  readonly to: string;
  readonly columns: readonly (typeof COLUMNS)[number][];
  readonly maskedFields: string;
  readonly format: (typeof FORMATS)[number];
  readonly masking: (typeof PROFILES)[number];
  readonly reason: string;
  readonly gzip: boolean;
};

export function newOrder(masking: Order['masking']): Order {
  return {
    query: '',
    classes: [],
    span: '-30d',
    from: '',
    to: '',
    columns: COLUMNS,
    maskedFields: '',
    format: 'jsonl',
    masking,
    reason: '',
    gzip: false,
  };
}

/** What an order begins with that is made from an address. */
export function beginningIn({ q, classes, ...time }: ExportsQuery): Partial<Order> {
  return { query: q, classes, ...spanIn(time) };
}

function spanIn({ range, fromTime, toTime }: TimeRange): Pick<Order, 'span' | 'from' | 'to'> {
  if (range === 'custom') return { span: 'custom', from: written(fromTime), to: written(toTime) };
  const span = range === '24h' ? '-1d' : SPANS.find((each) => each === range || each === `-${range}`);
  return span === undefined ? { span: 'custom', from: `-${range}`, to: '' } : { span, from: '', to: '' };
}

function written(time: number | null): string {
  return time === null ? '' : new Date(time).toISOString();
}

/** Which events are asked for. */
export function scopeIn({ query, classes, span, from, to }: Order) {
  return {
    ...(query.trim() ? { query: query.trim() } : {}),
    ...(classes.length > 0 ? { classes: [...classes] } : {}),
    ...(span === 'custom' ? { ...(from ? { from } : {}), ...(to ? { to } : {}) } : span === 'all' ? {} : { from: span }),
  };
}

/** The whole order as it is sent. */
export function orderIn(order: Order) {
  const { columns, maskedFields, format, masking, reason, gzip } = order;
  const fields = maskedFields.split(/[\s,]+/).filter((name) => name !== '');
  return {
    ...scopeIn(order),
    format,
    masking,
    gzip,
    ...(format === 'csv' && columns.length < COLUMNS.length ? { columns: [...columns] } : {}),
    ...(fields.length > 0 ? { maskedFields: fields } : {}),
    ...(masking === 'none' ? { reason: reason.trim() } : {}),
  };
}

/** Whether a step is filled in so that one can go on. */
export function isComplete(step: Step, order: Order): boolean {
  if (step === 'fields') return order.columns.length > 0;
  if (step === 'masking') return order.masking !== 'none' || order.reason.trim() !== '';
  return true;
}
