import { parseAsInteger, parseAsStringLiteral } from 'nuqs';
import type { Inputs } from '../../data/trpc.ts';

export const VIEWS = ['work', 'process', 'health'] as const;
export const SPANS = ['1h', '6h', '24h', '7d'] as const;
export type Span = Inputs['metrics']['work']['span'];
export const KINDS = ['channel', 'agent', 'model', 'tool', 'procedure'] as const;
export type Kind = Inputs['metrics']['work']['kind'];

/** The metrics page in its address. */
export const metricsParsers = {
  view: parseAsStringLiteral(VIEWS).withDefault('work'),
  span: parseAsStringLiteral(SPANS).withDefault('1h'),
  kind: parseAsStringLiteral(KINDS).withDefault('channel'),
  /** The time that was chosen in the charts, in milliseconds since 1970. */
  at: parseAsInteger,
};

export const metricsUrlKeys = { span: 'range' } as const;

/** How often the gateway measures itself: a figure tells of as long before its time. */
export const MEASURED_EVERY_MS = 10_000;
const COARSE_MS = 60_000;

/** How often the figures of a span are asked for again. */
export function refreshMs(span: Span): number {
  return span === '1h' || span === '6h' ? MEASURED_EVERY_MS : COARSE_MS;
}
