/** What a person is shown of a replayed session, message by message: what was said and asked for, then and now. Pure. */
import { eventDefinition, type StoredEvent, summarize } from '@openclaw-gateway/events';
import { diff } from '@openclaw-gateway/events/json-patch';
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
  message: { readonly number: number; readonly messageId: string; readonly position: number },
  recorded: Side,
  replayed: Side,
  isSame: boolean,
): TurnComparison {
  const [before, after] = [sideOf(recorded.events), sideOf(replayed.events)];
  return {
    message: message.number,
    messageId: message.messageId,
    position: message.position,
    text: cut(dataOf(recorded.events, 'message.received')['text']),
    verdict: isSame ? 'identical' : verdictOf(recorded.events, replayed.events, before, after),
    recorded: before,
    replayed: after,
    events: align(recorded, replayed),
  };
}

function verdictOf(recorded: readonly StoredEvent[], replayed: readonly StoredEvent[], before: TurnSide, after: TurnSide): TurnVerdict {
  const [wasRefused, isRefused] = [has(recorded, 'message.rejected'), has(replayed, 'message.rejected')];
  if (wasRefused && !isRefused) return 'looser';
  const denied = (events: readonly StoredEvent[]) => events.filter(({ type }) => type === 'tool.denied').length;
  const started = (events: readonly StoredEvent[]) => events.filter(({ type }) => type === 'tool.started').length;
  if (denied(recorded) > denied(replayed) && started(replayed) > started(recorded)) return 'looser';
  if (!wasRefused && isRefused) return 'stricter';
  if (denied(replayed) > denied(recorded)) return 'stricter';
  if (!before.failed && after.failed) return 'error';
  if (after.effects.some((effect) => !before.effects.includes(effect))) return 'new effect';
  if (before.agentId !== after.agentId || before.model !== after.model || before.rule !== after.rule) return 'route changed';
  return before.reply === after.reply ? 'asked otherwise' : 'text changed';
}

function sideOf(events: readonly StoredEvent[]): TurnSide {
  const route = dataOf(events, 'route.decided');
  const reply = events.findLast(({ type }) => type === 'delivery.requested')?.data as { text?: unknown } | undefined;
  const answers = events.filter(({ type }) => type === 'model.responded').map(({ data }) => data as Answer);
  const sum = (of: (answer: Answer) => number | undefined): number => answers.reduce((total, answer) => total + (of(answer) ?? 0), 0);
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
    inputTokens: sum(({ usage }) => usage?.inputTokens),
    outputTokens: sum(({ usage }) => usage?.outputTokens),
    costUsd: sum(({ usage }) => usage?.costUsd),
    modelMs: sum(({ durationMs }) => durationMs),
    failed: has(events, 'message.dead_lettered') || (has(events, 'run.failed') && !has(events, 'run.completed')),
  };
}

type Answer = {
  readonly durationMs?: number;
  readonly usage?: { readonly inputTokens?: number; readonly outputTokens?: number; readonly costUsd?: number };
};

/** Puts events of the same type beside each other, in their order; what only one side has stands alone. */
function align(recorded: Side, replayed: Side): AlignedEvent[] {
  const aligned: AlignedEvent[] = [];
  let next = 0;
  for (const [index, was] of recorded.shown.slice(0, MOST_EVENTS).entries()) {
    const match = replayed.shown.findIndex((is, at) => at >= next && is.type === was.type);
    const isNear = match !== -1 && !skipsRecorded(recorded.shown, index, replayed.shown.slice(next, match));
    if (!isNear) {
      aligned.push({ recorded: eventOf(recorded.events[index], was), patch: [] });
      continue;
    }
    for (; next < match; next++) aligned.push({ replayed: eventOf(replayed.events[next], replayed.shown[next]), patch: [] });
    const is = replayed.shown[match];
    aligned.push({
      recorded: eventOf(recorded.events[index], was),
      replayed: eventOf(replayed.events[match], is),
      patch: diff(was.data, is?.data),
    });
    next = match + 1;
  }
  for (; next < Math.min(replayed.shown.length, MOST_EVENTS); next++)
    aligned.push({ replayed: eventOf(replayed.events[next], replayed.shown[next]), patch: [] });
  return aligned;
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
