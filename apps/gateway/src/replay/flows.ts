/** A recording taken apart: its messages, and what every effect that they asked for gave. */
import {
  type DataOf,
  DeliveryAttempted,
  DeliveryFailed,
  DeliveryRequested,
  DeliverySucceeded,
  DeliveryUncertain,
  MessageDeduplicated,
  MessageDeleted,
  MessageDiscarded,
  MessageEdited,
  MessageMerged,
  MessageNoReply,
  MessageReceived,
  MessageResubmitted,
  MessageUndelivered,
  ModelFailed,
  ModelRequested,
  ModelResponded,
  RunAborted,
  RunFailed,
  RunStarted,
  SessionCompacted,
  SessionCompactionRequested,
  type StoredEvent,
  TERMINAL_MESSAGE_EVENTS,
  ToolCompleted,
  ToolFailed,
  ToolRequested,
  ToolStarted,
} from '@openclaw-gateway/events';
import type { ModelUsage, ToolMessage } from '@openclaw-gateway/sdk';
import type { AskChunk, Because, Place } from '../asked.ts';

export type Problem = { readonly code: string; readonly message: string };

/**
 * How an effect ended. `interrupted`: the process died. `cancelled` and `timeout`: the run was ended while it went on.
 * `unfinished`: the recording ends before it did.
 */
type Ended<Result> =
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'failed'; readonly problem: Problem; readonly mayHaveArrived?: boolean; readonly told?: boolean }
  | { readonly kind: 'interrupted' | 'timeout' | 'unfinished' }
  | { readonly kind: 'cancelled'; readonly reason: string };

/** `moves`: the further places that were asked, and those that were left; `failed`: those of which it is not known yet what followed. */
export type ModelCall = {
  readonly requestHash: string;
  readonly moves: Move[];
  readonly failed: NonNullable<Move['left']>[];
  ended: Ended<readonly AskChunk[]>;
};

/** A place that was left, with what it failed with, or one that was asked, or both. */
export type Move = {
  readonly left?: Place & { readonly problem: Problem; readonly durationMs: number };
  readonly to?: Place & { readonly because: Because };
};
export type ToolCall = {
  readonly callId: string;
  readonly tool: string;
  readonly args: unknown;
  /** What it sent beside the reply. */
  readonly sent: ToolMessage[];
  ended: Ended<unknown>;
  /** What it gave to go out with the answer. */
  attachments?: NonNullable<DataOf<typeof ToolCompleted>['attachments']>;
  thenStopped?: Ended<never>;
};
export type SendCall = { ended: Ended<{ readonly providerMessageId?: string }> };

/** One message of the recording. */
export type Flow = {
  readonly events: readonly StoredEvent[];
  readonly received: StoredEvent;
  readonly modelCalls: readonly ModelCall[];
  readonly toolCalls: readonly ToolCall[];
  readonly sends: readonly SendCall[];
  /**
   * `waiting`: somebody cancelled it before it ran, which no replay can time, or it was a word on a call of another one. `merged`: several
   * messages were answered together.
   */
  readonly end: 'settled' | 'open' | 'waiting' | 'merged';
};

/** The messages of a recording in the order they came, and the events that came from elsewhere, which a replay takes as given. */
export function takeApart(events: readonly StoredEvent[]): { readonly flows: readonly Flow[]; readonly given: readonly StoredEvent[] } {
  const byMessage = new Map<string, StoredEvent[]>();
  const given: StoredEvent[] = [];
  const resubmitted = new Set<string>();
  for (const event of events) {
    const { correlationId } = event.metadata;
    const flow = correlationId === undefined ? undefined : byMessage.get(correlationId);
    if (MessageDeduplicated.is(event)) continue;
    // What is sent again because an operator or the service said so is no answer of the gateway's own.
    if (MessageResubmitted.is(event) || MessageUndelivered.is(event) || MessageDiscarded.is(event)) resubmitted.add(correlationId ?? '');
    if (resubmitted.has(correlationId ?? '')) continue;
    if (flow && isChange(event)) change(flow, event, given);
    else if (flow) flow.push(event);
    else if (correlationId !== undefined && MessageReceived.is(event)) byMessage.set(correlationId, [event]);
    else given.push(event);
  }
  return { flows: withMerged(byMessage), given };
}

/** Messages that were answered together are one flow, which is not played again: what came while a run went on, no replay can time. */
function withMerged(byMessage: ReadonlyMap<string, StoredEvent[]>): Flow[] {
  const hosts = new Map<string, string>();
  for (const [messageId, events] of byMessage) {
    const merged = events.find(MessageMerged.is);
    if (merged) hosts.set(messageId, merged.data.intoMessageId);
  }
  const isHost = new Set(hosts.values());
  return [...byMessage].flatMap(([messageId, events]): Flow[] => {
    if (hosts.has(messageId)) return [];
    if (!isHost.has(messageId)) return [flowOf(events)];
    const members = [...hosts].flatMap(([member, host]) => (host === messageId ? (byMessage.get(member) ?? []) : []));
    return [{ ...flowOf([...events, ...members].sort((a, b) => a.position - b.position)), end: 'merged' }];
  });
}

/** What the sender did to a message, which nothing in the recording made happen. */
export const isChange = (event: StoredEvent): boolean => MessageEdited.is(event) || MessageDeleted.is(event);

/** A message that was edited before its run began is replayed as it then was. */
function change(flow: StoredEvent[], event: StoredEvent, given: StoredEvent[]): void {
  const [received] = flow;
  if (received && MessageReceived.is(received) && MessageEdited.is(event) && !flow.some(RunStarted.is))
    flow[0] = { ...received, data: { ...received.data, text: event.data.text } };
  else given.push(event);
}

function flowOf(events: readonly StoredEvent[]): Flow {
  const modelCalls: ModelCall[] = [];
  const toolCalls: ToolCall[] = [];
  const sends: SendCall[] = [];
  const args = new Map(events.filter(ToolRequested.is).map(({ data }) => [data.callId, data.arguments]));
  for (const event of events) {
    if (ToolStarted.is(event)) {
      const { callId, tool } = event.data;
      toolCalls.push({ callId, tool, args: args.get(callId), sent: [], ended: { kind: 'unfinished' } });
    } else takeEvent(event, modelCalls, toolCalls, sends);
  }
  return { events, received: events[0] as StoredEvent, modelCalls, toolCalls, sends, end: endOf(events) };
}

function takeEvent(event: StoredEvent, modelCalls: ModelCall[], toolCalls: ToolCall[], sends: SendCall[]): void {
  const model = modelCalls.at(-1);
  const tool = toolCalls.at(-1);
  const send = sends.at(-1);
  if (ModelRequested.is(event)) takeRequest(event, modelCalls);
  else if (SessionCompactionRequested.is(event)) {
    modelCalls.push({ requestHash: event.data.requestHash, moves: [], failed: [], ended: { kind: 'unfinished' } });
  } else if (DeliveryRequested.is(event) && tool?.ended.kind === 'unfinished' && tool.callId === event.data.callId)
    tool.sent.push(event.data);
  else if (DeliveryAttempted.is(event)) sends.push({ ended: { kind: 'unfinished' } });
  else if (ModelResponded.is(event) && model) model.ended = { kind: 'result', result: chunksOf(event) };
  else if (SessionCompacted.is(event) && model?.ended.kind === 'unfinished')
    model.ended = { kind: 'result', result: summaryChunks(event.data) };
  else if (ModelFailed.is(event) && model) takeFailure(event, model);
  else if (ToolCompleted.is(event) && tool) {
    tool.ended = { kind: 'result', result: event.data.result };
    if (event.data.attachments) tool.attachments = event.data.attachments;
  } else if (ToolFailed.is(event) && tool) {
    tool.ended = event.data.durationMs === undefined ? failure(event.data.problem, 'TOOL_INTERRUPTED') : failure(event.data.problem);
  } else if (DeliverySucceeded.is(event) && send) {
    const { providerMessageId } = event.data;
    send.ended = { kind: 'result', result: providerMessageId === undefined ? {} : { providerMessageId } };
  } else if (DeliveryFailed.is(event) && send) {
    send.ended = { kind: 'failed', problem: event.data.problem, mayHaveArrived: event.data.mayHaveArrived ?? false };
  } else if (DeliveryUncertain.is(event) && send) send.ended = { kind: 'interrupted' };
  else if (RunFailed.is(event) && model && wasTold(model, event.data.problem)) {
    for (const left of model.failed.splice(0)) model.moves.push({ left });
    model.ended = { kind: 'failed', problem: event.data.problem, told: true };
  } else if (RunAborted.is(event)) stopLast(model, tool, { kind: 'cancelled', reason: event.data.reason });
  else if (RunFailed.is(event) && (model?.ended.kind === 'unfinished' || isStopped(tool))) stopLast(model, tool, { kind: 'timeout' });
}

/** A further place of the question under way belongs to the same call. */
function takeRequest(event: StoredEvent<string, DataOf<typeof ModelRequested>>, modelCalls: ModelCall[]): void {
  const { requestHash, because } = event.data;
  const model = modelCalls.at(-1);
  if (!model || because === undefined) {
    modelCalls.push({ requestHash, moves: [], failed: [], ended: { kind: 'unfinished' } });
    return;
  }
  const last = model.failed.pop();
  for (const left of model.failed.splice(0)) model.moves.push({ left });
  model.moves.push({ ...(last && { left: last }), to: { ...placeOf(event.data), because } });
  model.ended = { kind: 'unfinished' };
}

function takeFailure({ data }: StoredEvent<string, DataOf<typeof ModelFailed>>, model: ModelCall): void {
  const { problem, durationMs } = data;
  const left = { ...placeOf(data), problem, durationMs };
  // Another place had answered.
  if (model.ended.kind === 'result') {
    model.moves.push({ left });
    return;
  }
  model.ended = failure(problem, 'MODEL_INTERRUPTED');
  model.failed.push(left);
}

/** Whether a run failed with what several places, or one with a name, have in common. */
function wasTold({ failed }: ModelCall, problem: Problem): boolean {
  const [first] = failed;
  return first !== undefined && (failed.length > 1 || first.endpoint !== undefined || first.problem.code !== problem.code);
}

function placeOf({
  provider,
  model,
  endpoint,
}: {
  readonly provider: string;
  readonly model: string;
  readonly endpoint?: string | undefined;
}): Place {
  return { provider, model, ...(endpoint !== undefined && { endpoint }) };
}

function failure(problem: Problem, interruption?: string): Ended<never> {
  return problem.code === interruption ? { kind: 'interrupted' } : { kind: 'failed', problem };
}

/** A run that is stopped ends the call that is under way; a tool that was cut short has failed first. */
function stopLast(model: ModelCall | undefined, tool: ToolCall | undefined, stop: Ended<never>): void {
  if (model?.ended.kind === 'unfinished') model.ended = stop;
  else if (tool) tool.thenStopped = stop;
}

const isStopped = (tool: ToolCall | undefined) => tool?.ended.kind === 'failed' && tool.ended.problem.code === 'RUN_ABORTED';

function endOf(events: readonly StoredEvent[]): Flow['end'] {
  const last = events.at(-1);
  if (!last || !TERMINAL_MESSAGE_EVENTS.some((terminal) => terminal.type === last.type)) return 'open';
  const isWord = MessageNoReply.is(last) && last.data.reason === 'approval';
  if (isWord) return 'waiting';
  const isCancelled = MessageNoReply.is(last) && last.data.reason === 'aborted';
  return isCancelled && events.at(-2)?.type !== RunAborted.type ? 'waiting' : 'settled';
}

function chunksOf(event: StoredEvent): AskChunk[] {
  if (!ModelResponded.is(event)) return [];
  const { text, toolCalls, finishReason: reason, usage, responseModel, endpoint } = event.data;
  return [
    ...(endpoint === undefined ? [] : [{ type: 'from', endpoint } as const]),
    ...(text === '' ? [] : [{ type: 'text', text } as const]),
    ...toolCalls.map((call) => ({ type: 'tool-call', call }) as const),
    {
      type: 'finish',
      reason,
      usage: usageOf(usage),
      ...(responseModel === undefined ? {} : { responseModel }),
    },
  ];
}

function summaryChunks({ summary, usage }: DataOf<typeof SessionCompacted>): AskChunk[] {
  return [
    { type: 'text', text: summary },
    { type: 'finish', reason: 'stop', usage: usageOf(usage) },
  ];
}

function usageOf({ cachedInputTokens, costUsd, ...tokens }: DataOf<typeof ModelResponded>['usage']): ModelUsage {
  return { ...tokens, ...(cachedInputTokens !== undefined && { cachedInputTokens }), ...(costUsd !== undefined && { costUsd }) };
}
