/** A message that may come in: committed with where it goes and, when nothing comes before it, with the start of its run. */
import {
  type CommandName,
  ERASED_TEXT,
  type EventMetadata,
  MessageQueued,
  MessageReceived,
  type NewEvent,
  newId,
  type OpenMessage,
  SessionClosed,
  SessionOpened,
} from '@openclaw-gateway/events';
import type { Submission } from '../parts.ts';
import { actorOf, type Receipt } from './arrival.ts';
import { takeCommand } from './command.ts';
import { identify, openMessage, type PipelineContext, subjectOf } from './context.ts';
import { type Idempotency, mismatch, repeated } from './idempotency.ts';
import { nextRun } from './next.ts';
import { queueModeOf } from './queue.ts';
import type { Routed } from './route-inputs.ts';
import { type Start, startWith } from './run.ts';
import type { SessionCell } from './sessions.ts';

/** Where a message goes, and what it asks of the gateway itself. */
export type Decision = Routed & { readonly command: CommandName | undefined };

/** What is to be committed of a message. */
type Acceptable = {
  readonly submission: Submission;
  readonly decision: Decision;
  readonly events: readonly NewEvent[];
  readonly messageId: string;
  readonly idempotency: Idempotency;
};

export async function accept(context: PipelineContext, cell: SessionCell, acceptable: Acceptable): Promise<Receipt> {
  const leave = arrive(context, cell.sessionId);
  try {
    return await commitAccepted(context, cell, acceptable);
  } finally {
    leave();
  }
}

async function commitAccepted(context: PipelineContext, cell: SessionCell, acceptable: Acceptable): Promise<Receipt> {
  const { submission, decision, events, messageId, idempotency } = acceptable;
  const { agentId, sessionKey, command } = decision;
  const { channel, account } = submission;
  const { sessionId } = cell;
  const runId = newId('run');
  const received = events.find((event) => event.type === MessageReceived.type)?.data as OpenMessage['received'];
  const actor = actorOf(context, submission);
  const subject = subjectOf(context.store, channel, submission.inbound.sender.id);
  const start = command ? undefined : await startAtOnce(context, cell, { messageId, runId, agentId, received }, subject);
  const { traceparent } = submission;
  const metadata: EventMetadata = {
    correlationId: messageId,
    sessionId,
    agentId,
    channel,
    runId,
    actor,
    subject,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  const { messagePriority } = decision;
  const priority = messagePriority === 'normal' ? {} : { priority: messagePriority };
  const queueMode = queueModeOf(context.config().config, { channel, agentId, asked: submission.queueMode });
  const mode = queueMode === 'queue' ? {} : { queueMode };
  const queued = MessageQueued.create({ messageId, sessionId, agentId, runId, ...priority, ...mode });
  const isNew = cell.state.version === 0;
  // A conversation whose opener was erased is known again by the one who goes on with it.
  const opens = isNew || cell.state.sessionKey === ERASED_TEXT || command === 'new';
  const closed = command === 'new' && !isNew ? [SessionClosed.create({ sessionId, reason: 'new' })] : [];
  const ownEvents = command ? takeCommand(context, cell, { command, messageId, runId, agentId }, submission) : start?.events;
  const opened = opens ? [SessionOpened.create({ sessionId, sessionKey, agentId, channel, account, peer: submission.inbound.peer })] : [];
  const result = await context.sessions.commit(cell, [...events, ...closed, ...opened, queued], metadata, {
    ...(ownEvents && { ownEvents }),
    ...(isNew ? { expected: { [cell.streamId]: 'none' as const } } : {}),
    ...(idempotency ? { idempotency } : {}),
  });
  if (!result.ok) {
    if (result.reason === 'idempotency_mismatch') throw mismatch(result.position);
    if (cell.state.version === 0) cell.stale = true;
    return commitAccepted(context, await context.sessions.load(sessionId), acceptable);
  }
  if (result.replayed) return repeated(context, result.first, result.last);
  context.live.add(messageId, openMessage(cell, messageId).receivedAt, submission);
  if (start) context.started.set(messageId, start.request);
  if (command) context.wakeDelivery(sessionId);
  context.progress.publish({ ...identify(cell, openMessage(cell, messageId)), type: 'queued' });
  return { status: 'accepted', messageId, sessionId, sessionKey, agentId, position: result.last, duplicate: false, runId };
}

/** Counts a message that is on its way into a conversation, until the function that is returned is called. */
function arrive({ arriving }: PipelineContext, sessionId: string): () => void {
  arriving.set(sessionId, (arriving.get(sessionId) ?? 0) + 1);
  return () => {
    const left = (arriving.get(sessionId) ?? 1) - 1;
    if (left > 0) arriving.set(sessionId, left);
    else arriving.delete(sessionId);
  };
}

/** The start of the message's run, when nothing in the conversation or elsewhere comes before it. */
async function startAtOnce(
  context: PipelineContext,
  cell: SessionCell,
  message: { readonly messageId: string; readonly runId: string; readonly agentId: string; readonly received: OpenMessage['received'] },
  sender: string,
): Promise<Start | undefined> {
  const isNext = () =>
    context.arriving.get(cell.sessionId) === 1 &&
    !cell.stale &&
    !cell.state.quarantine &&
    nextRun(cell.state, context.now()).kind === 'idle' &&
    context.hasFreeSlot({ sender, agentId: message.agentId });
  if (!isNext()) return undefined;
  const start = await startWith(context, cell, message);
  return isNext() ? start : undefined;
}
