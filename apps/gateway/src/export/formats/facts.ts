/** What every tabular format asks of an event, whatever its type: how it ended, why, and what it was about. */
import { isIP } from 'node:net';
import { eventDefinition, type Severity, summarize } from '@openclaw-gateway/events';
import type { ShownEvent } from './format.ts';

export type Facts = {
  readonly severity: Severity;
  readonly summary: string;
  readonly outcome: 'success' | 'failure';
  /** Why it was decided so, or what went wrong. */
  readonly reason: string | undefined;
  /** Its code, where the reason is a problem of the error registry. */
  readonly code: string | undefined;
  readonly tool: string | undefined;
  readonly durationMs: number | undefined;
  readonly tokens: number | undefined;
  readonly configHash: string | undefined;
  readonly rule: string | undefined;
};

/** Data of any type, as far as several types agree about a field's name. */
export type AnyData = Readonly<Record<string, unknown>>;

/** How the types of events end that say that something did not work or was not allowed. */
export const FAILED_TYPES = [
  'denied',
  'rejected',
  'failed',
  'refused',
  'update_refused',
  'dead_lettered',
  'aborted',
  'disconnected',
  'crash_recovered',
  'uncertain',
  'contradicted',
] as const;
const FAILED = new RegExp(`.(${FAILED_TYPES.join('|')})$`);

export function factsOf(event: Pick<ShownEvent, 'type' | 'data'>): Facts {
  const data = dataOf(event);
  const problem = record(data['problem']);
  const usage = record(data['usage']);
  const code = text(problem['code']) ?? text(data['code']);
  const said = text(problem['message']);
  const tokens =
    usage['inputTokens'] === undefined ? undefined : (number(usage['inputTokens']) ?? 0) + (number(usage['outputTokens']) ?? 0);
  return {
    severity: eventDefinition(event.type)?.severity ?? 'info',
    summary: summarize(event.type, event.data),
    outcome: FAILED.test(event.type) || data['ok'] === false || data['outcome'] === 'failure' ? 'failure' : 'success',
    reason: said === undefined ? text(data['reason']) : code === undefined ? said : `${code}: ${said}`,
    code,
    tool: text(data['tool']),
    durationMs: number(data['durationMs']) ?? number(data['totalMs']),
    tokens,
    configHash: text(data['configHash']) ?? (event.type.startsWith('config.') ? text(data['hash']) : undefined),
    rule: text(data['rule']) ?? text(data['winner']),
  };
}

/** The address that a caller came from, where the event says it and masking left it. */
export function clientAddress(data: AnyData): string | undefined {
  const address = text(record(data['client'])['address']);
  return address !== undefined && isIP(address) !== 0 ? address : undefined;
}

export function dataOf({ data }: Pick<ShownEvent, 'data'>): AnyData {
  return record(data);
}

/** "Message received" for `message.received`. */
export function titleOf(type: string): string {
  const words = type.replaceAll(/[._]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function record(value: unknown): AnyData {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as AnyData) : {};
}

/**
 * JSON without the two characters that it takes for plain text and some readers take for the end of a line. They can only
 * stand inside its strings, where an escape means the same.
 */
export function oneLine(json: string): string {
  return SEPARATORS.test(json) ? json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029') : json;
}
const SEPARATORS = /[\u2028\u2029]/;

/** RFC 3339 in UTC. Neighbours in the log often share their millisecond. */
export function timestamp(time: number): string {
  if (time !== lastTime) {
    lastTime = time;
    lastTimestamp = new Date(time).toISOString();
  }
  return lastTimestamp;
}
let lastTime = Number.NaN;
let lastTimestamp = '';
