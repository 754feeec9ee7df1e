/** What a person is shown of a replayed session, message by message: what was said and asked for, then and now. Pure. */
import { eventDefinition, type StoredEvent, summarize } from '@openclaw-gateway/events';
import { diff } from '@openclaw-gateway/events/json-patch';
import { causesOf } from './causes.ts';
import type { Shown } from './compare.ts';
import type { AlignedEvent, TurnComparison, TurnSide, TurnVerdict } from './job.ts';

const TEXT_CHARS = 4_000;
const MOST_EVENTS = 400;

/** The worst first: what was refused and is allowed now comes before everything else. */
export const TURN_VERDICTS = [
  'looser',
  'stricter',
  'error',
  'new effect',
  'route changed',
  'text changed',
  'asked otherwise',
  'identical',
] as const satisfies readonly TurnVerdict[];

type Side = { readonly events: readonly StoredEvent[]; readonly shown: readonly Shown[] };

/** One message then and now. */
export function compareTurn(
  message: { readonly number: number; readonly messageId: string; readonly positions: readonly number[] },
  recorded: Side,
  replayed: Side & { readonly missed?: readonly string[] },
  isSame: boolean,
): TurnComparison {
  const { missed = [] } = replayed;
  const [before, after] = [sideOf(recorded.events), sideOf(replayed.events)];
  return {
    message: message.number,
    messageId: message.messageId,
    position: message.positions[0] ?? 0,
    text: cut(dataOf(recorded.events, 'message.received')['text']),
    verdict: isSame ? 'identical' : verdictOf(recorded.events, replayed.events, before, after, missed.length > 0),
    recorded: before,
    replayed: after,
    missed: missed.map(cut),
    events: align(recorded, replayed, message.positions),
  };
}

function verdictOf(
  recorded: readonly StoredEvent[],
  replayed: readonly StoredEvent[],
  before: TurnSide,
  after: TurnSide,
  isMissing: boolean,
): TurnVerdict {
  const [wasRefused, isRefused] = [has(recorded, 'message.rejected'), has(replayed, 'message.rejected')];
  if (wasRefused && !isRefused) return 'looser';
  const denied = (events: readonly StoredEvent[]) => events.filter(({ type }) => type === 'tool.denied').length;
  const started = (events: readonly StoredEvent[]) => events.filter(({ type }) => type === 'tool.started').length;
  if (denied(recorded) > denied(replayed) && started(replayed) > started(recorded)) return 'looser';
  if (!wasRefused && isRefused) return 'stricter';
  if (denied(replayed) > denied(recorded)) return 'stricter';
  if (!before.failed && after.failed) return 'error';
  if (isMissing || after.effects.some((effect) => !before.effects.includes(effect))) return 'new effect';
  if (before.agentId !== after.agentId || before.model !== after.model || before.rule !== after.rule) return 'route changed';
  return before.reply === after.reply ? 'asked otherwise' : 'text changed';
}

/** What models were asked and what it cost. */
export type Used = Pick<TurnSide, 'inputTokens' | 'outputTokens' | 'costUsd' | 'unpriced' | 'modelMs'>;

export function usedIn(events: readonly StoredEvent[]): Used {
  const answers = events.filter(({ type }) => type === 'model.responded').map(({ data }) => data as Answer);
  const sum = (of: (answer: Answer) => number | undefined): number => answers.reduce((total, answer) => total + (of(answer) ?? 0), 0);
  return {
    inputTokens: sum(({ usage }) => usage?.inputTokens),
    outputTokens: sum(({ usage }) => usage?.outputTokens),
    costUsd: sum(({ usage }) => usage?.costUsd),
    unpriced: answers.filter(({ usage }) => usage?.costUsd === undefined).length,
    modelMs: sum(({ durationMs }) => durationMs),
  };
}

function sideOf(events: readonly StoredEvent[]): TurnSide {
  const route = dataOf(events, 'route.decided');
  const reply = events.findLast(({ type }) => type === 'delivery.requested')?.data as { text?: unknown } | undefined;
  return {
    ...(reply && { reply: cut(reply.text) }),
    ...textField('agentId', route['agentId']),
    ...textField('model', route['model']),
    ...textField('rule', route['winner']),
    effects: events
      .filter(({ type }) => type === 'tool.requested')
      .map(({ data }) => {
        const { tool, arguments: args } = data as { tool?: unknown; arguments?: unknown };
        return cut(`${String(tool)} ${JSON.stringify(args) ?? ''}`);
      }),
    ...usedIn(events),
    failed: has(events, 'message.dead_lettered') || (has(events, 'run.failed') && !has(events, 'run.completed')),
  };
}

type Answer = {
  readonly durationMs?: number;
  readonly usage?: { readonly inputTokens?: number; readonly outputTokens?: number; readonly costUsd?: number };
};

type Pair = { readonly was?: number; readonly is?: number };

/** Puts events of the same type beside each other, in their order; what only one side has stands alone. */
function align(recorded: Side, replayed: Side, positions: readonly number[]): AlignedEvent[] {
  const pairs = pairsOf(recorded.shown.slice(0, MOST_EVENTS), replayed.shown, recorded.shown);
  const placeOf = { was: placesOf(pairs, 'was'), is: placesOf(pairs, 'is') };
  return pairs.map(({ was, is }) => {
    const [before, after] = [was === undefined ? undefined : recorded.shown[was], is === undefined ? undefined : replayed.shown[is]];
    const patch = before && after ? diff(before.data, after.data) : [];
    const position = was === undefined ? undefined : positions[was];
    const isOtherwise = !before || !after || patch.length > 0;
    const [events, index, places] =
      is === undefined ? [recorded.events, was ?? 0, placeOf.was] : ([replayed.events, is, placeOf.is] as const);
    return {
      ...(before && was !== undefined && { recorded: eventOf(recorded.events[was], before) }),
      ...(after && is !== undefined && { replayed: eventOf(replayed.events[is], after) }),
      patch,
      ...(position !== undefined && { position }),
      ...(isOtherwise && { causes: causesOf(events, index).flatMap((cause) => places.get(cause) ?? []) }),
    };
  });
}

/** Where in the list the events of one side stand. */
function placesOf(pairs: readonly Pair[], side: 'was' | 'is'): ReadonlyMap<number, number> {
  return new Map(pairs.flatMap((pair, place) => (pair[side] === undefined ? [] : [[pair[side], place]])));
}

function pairsOf(recorded: readonly Shown[], replayed: readonly Shown[], all: readonly Shown[]): Pair[] {
  const pairs: Pair[] = [];
  let next = 0;
  for (const [was, { type }] of recorded.entries()) {
    const match = replayed.findIndex((event, at) => at >= next && event.type === type);
    const isNear = match !== -1 && !skipsRecorded(all, was, replayed.slice(next, match));
    if (!isNear) {
      pairs.push({ was });
      continue;
    }
    for (; next < match; next++) pairs.push({ is: next });
    pairs.push({ was, is: match });
    next = match + 1;
  }
  for (; next < Math.min(replayed.length, MOST_EVENTS); next++) pairs.push({ is: next });
  return pairs;
}

/** Whether an event that would be passed over stands later in the recording, so that it belongs there. */
function skipsRecorded(recorded: readonly Shown[], index: number, passed: readonly Shown[]): boolean {
  const later = recorded.slice(index + 1).map(({ type }) => type);
  return passed.length > 0 && passed.every(({ type }) => later.includes(type)) && passed.length > later.length / 2;
}

function eventOf(
  event: StoredEvent | undefined,
  shown: Shown | undefined,
): { type: string; summary: string; severity: string; data: unknown } {
  const type = shown?.type ?? '';
  return {
    type,
    summary: event ? summarize(type, event.data) : '',
    severity: eventDefinition(type)?.severity ?? 'info',
    data: shown?.data,
  };
}

function dataOf(events: readonly StoredEvent[], type: string): Readonly<Record<string, unknown>> {
  return (events.find((event) => event.type === type)?.data ?? {}) as Readonly<Record<string, unknown>>;
}

const has = (events: readonly StoredEvent[], type: string): boolean => events.some((event) => event.type === type);

function textField<Name extends string>(name: Name, value: unknown): { readonly [K in Name]?: string } {
  return (typeof value === 'string' ? { [name]: value } : {}) as { readonly [K in Name]?: string };
}

function cut(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  return text.length <= TEXT_CHARS ? text : `${text.slice(0, TEXT_CHARS)}… (+${text.length - TEXT_CHARS})`;
}
