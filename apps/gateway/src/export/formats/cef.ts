/** ArcSight's Common Event Format, version 0: a header between pipes, then key=value pairs. UTF-8, one event a line. */
import { isIPv4 } from 'node:net';
import { type AnyData, clientAddress, dataOf, factsOf, text, titleOf } from './facts.ts';
import type { Format, Product, ShownEvent } from './format.ts';

const SEVERITY = { debug: 1, info: 3, warn: 6, error: 8 } as const;
/** Someone was kept from doing something: more than a warning, less than a failure of ours. */
const DENIED_SEVERITY = 7;

type Pair = readonly [key: string, value: string | number | undefined];

export function createCef({ gatewayId, version }: Product): Format {
  const prefix = `CEF:0|OpenClaw|Gateway|${escapeHeader(version)}|`;
  return {
    name: 'cef',
    extension: 'cef',
    mediaType: 'text/plain; charset=utf-8',
    lineEnd: '\n',
    line: (event) => {
      const facts = factsOf(event);
      const severity = /^(auth|tool)\.denied$/.test(event.type) ? DENIED_SEVERITY : SEVERITY[facts.severity];
      const header = `${prefix}${escapeHeader(event.type)}|${escapeHeader(titleOf(event.type))}|${severity}|`;
      return header + extension([...pairsOf(event, facts), ['dvchost', gatewayId]]);
    },
  };
}

function pairsOf(event: ShownEvent, facts: ReturnType<typeof factsOf>): Pair[] {
  const { actor, channel, agentId, sessionId, correlationId } = event.metadata;
  const data = dataOf(event);
  return [
    ['rt', event.time],
    ['externalId', event.id],
    ['act', event.type.slice(event.type.indexOf('.') + 1)],
    ['outcome', facts.outcome],
    ['reason', facts.reason],
    ['cat', event.type.slice(0, event.type.indexOf('.'))],
    ['suid', actor?.id],
    ['spriv', actor?.type],
    ...sourceOf(data),
    ['duid', targetOf(data)],
    ['app', channel ?? text(data['channel'])],
    ['msg', facts.summary],
    ...labelled('cs1', 'sessionId', sessionId),
    ...labelled('cs2', 'agentId', agentId),
    ...labelled('cs3', 'tool', facts.tool),
    ...labelled('cs4', 'correlationId', correlationId),
    ...labelled('cs5', 'eventHash', event.hash),
    ...labelled('cs6', 'configVersion', facts.configHash),
    ...labelled('cn1', 'sequence', event.position),
    ...labelled('cn2', 'durationMs', facts.durationMs === undefined ? undefined : Math.round(facts.durationMs)),
    ...labelled('cn3', 'tokens', facts.tokens),
    ...labelled('flexString1', 'ruleId', facts.rule),
  ];
}

/** Where a caller came from. The field for it takes addresses of IPv4 only. */
function sourceOf(data: AnyData): Pair[] {
  const address = clientAddress(data);
  if (address === undefined) return [];
  return isIPv4(address) ? [['src', address]] : labelled('c6a2', 'sourceAddress', address);
}

/** Whom an act was about: a signed-in user, or the person a message goes to. */
function targetOf(data: AnyData): string | undefined {
  return text(data['userId']) ?? text((data['to'] as AnyData | undefined)?.['id']);
}

function labelled(key: string, label: string, value: string | number | undefined): Pair[] {
  return value === undefined
    ? []
    : [
        [key, value],
        [`${key}Label`, label],
      ];
}

function extension(pairs: readonly Pair[]): string {
  return pairs
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${typeof value === 'number' ? value : escapeValue(value ?? '')}`)
    .join(' ');
}

/** Of the header: pipes end a field, and a line break would end the event. */
export function escapeHeader(value: string): string {
  if (!UNSAFE.test(value)) return value;
  return visible(
    value
      .replaceAll('\\', '\\\\')
      .replaceAll('|', '\\|')
      .replaceAll(/\r\n|[\r\n]/g, ' '),
  );
}

/** Of an extension's value: an equals sign begins the next pair. Pipes are plain here. */
export function escapeValue(value: string): string {
  if (!UNSAFE.test(value)) return value;
  return visible(value.replaceAll('\\', '\\\\').replaceAll('=', '\\=').replaceAll('\n', '\\n').replaceAll('\r', '\\r'));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\\|=]/;

/** Without what would move a terminal's cursor or end a line for one of its readers. */
function visible(value: string): string {
  return value.replaceAll(CONTROL, '\ufffd');
}
