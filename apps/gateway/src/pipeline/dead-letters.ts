/** Replies that were given up, or are held because nobody knows whether they arrived: sent again as a delivery of their own, or left as they are for good. Both are an operator's word, and events. */

import type { EventDetail } from '@openclaw-gateway/db';
import {
  type Actor,
  type DataOf,
  DeliveryFailed,
  DeliveryRequested,
  DeliveryUncertain,
  ERASED_TEXT,
  type EventMetadata,
  GatewayError,
  MessageDeadLettered,
  MessageDiscarded,
  MessageReceived,
  MessageResubmitted,
  MessageUndelivered,
  type NewEvent,
  newId,
  type StoredEvent,
  TERMINAL_MESSAGE_EVENTS,
} from '@openclaw-gateway/events';
import { openMessage, type PipelineContext } from './context.ts';

const VIEWS_TIMEOUT_MS = 5000;

type Request = DataOf<typeof DeliveryRequested> & { readonly replyTo?: string };

type DeadLetter = {
  readonly sessionId: string;
  /** The id of the event by which it was given up or held. */
  readonly givenUpBy: string;
  readonly request: Request;
  readonly possiblyDuplicate: boolean;
  readonly metadata: EventMetadata;
};

/**
 * Has a reply sent again. Resolves once that is durable; asked twice, it is sent once. Throws MESSAGE_NOT_FOUND,
 * DEAD_LETTER_NOT_FOUND.
 */
export async function resubmit(
  context: PipelineContext,
  messageId: string,
  actor: Actor,
): Promise<{ readonly messageId: string; readonly deliveryId: string; readonly repeated: boolean }> {
  const letter = await find(context, messageId);
  const { request, sessionId, possiblyDuplicate } = letter;
  if (request.to.id === ERASED_TEXT || request.text === ERASED_TEXT) throw notFound('Its text is no longer kept.');
  const deliveryId = newId('delivery');
  const event = MessageResubmitted.create({ ...request, deliveryId, ...(possiblyDuplicate && { possiblyDuplicate }) });
  const stored = await decide(context, letter, event, actor);
  if (stored) return { messageId, deliveryId: (stored.data as { deliveryId: string }).deliveryId, repeated: true };
  const cell = await context.sessions.load(sessionId);
  if (cell.state.open.has(messageId)) context.live.add(messageId, openMessage(cell, messageId).receivedAt, request);
  context.wakeDelivery(sessionId);
  return { messageId, deliveryId, repeated: false };
}

/** Leaves it as it is for good. Throws MESSAGE_NOT_FOUND, DEAD_LETTER_NOT_FOUND. */
export async function discard(
  context: PipelineContext,
  messageId: string,
  actor: Actor,
  reason?: string,
): Promise<{ readonly messageId: string }> {
  const letter = await find(context, messageId);
  await decide(context, letter, MessageDiscarded.create({ messageId, ...(reason !== undefined && { reason }) }), actor);
  return { messageId };
}

async function find(context: PipelineContext, messageId: string): Promise<DeadLetter> {
  const { rows, requested, request, possiblyDuplicate } = await readReply(context, messageId);
  if (rows.length === 0) throw new GatewayError('MESSAGE_NOT_FOUND', { details: { messageId } });
  const isHold = ({ type, data }: EventDetail) => type === DeliveryUncertain.type && holds(data, requested);
  const givenUp = rows.findLast((row) => ENDS.has(row.type) || isHold(row));
  if (!givenUp || (givenUp.type !== MessageDeadLettered.type && !isHold(givenUp))) {
    throw notFound('The message is neither given up nor held, or was dealt with already.');
  }
  const { actor: _, ...metadata } = givenUp.metadata;
  const { sessionId } = metadata;
  if (!request || sessionId === undefined) throw notFound('It has no reply: its run failed.');
  return { sessionId, givenUpBy: givenUp.id, request, possiblyDuplicate, metadata };
}

/** Everything that happened to a message, and its newest reply whole. */
export async function readReply(context: PipelineContext, messageId: string) {
  await context.store.waitForViews(context.log.head(), VIEWS_TIMEOUT_MS);
  const rows = await context.store.views.messageEvents(messageId);
  // A reply, not what a tool call sent.
  const requested = rows.findLast(({ type, data }) => REQUESTS.has(type) && (data as { callId?: string }).callId === undefined);
  const received = rows.find(({ type }) => type === MessageReceived.type)?.data as { readonly externalId?: string } | undefined;
  // The views cut long texts.
  const stored = requested && (await context.log.readAt(requested.position));
  const possiblyDuplicate = rows.some(
    ({ type, data }) =>
      type === DeliveryUncertain.type || (type === DeliveryFailed.type && (data as { mayHaveArrived?: boolean }).mayHaveArrived === true),
  );
  return { rows, requested, possiblyDuplicate, ...(stored && { request: requestOf(stored.data, received?.externalId) }) };
}

function requestOf(data: unknown, replyTo: string | undefined): Request {
  const { deliveryId, messageId, runId, channel, account, to, text, attachments } = data as Request;
  const more = { ...(attachments && { attachments }), ...(replyTo !== undefined && { replyTo }) };
  return { deliveryId, messageId, runId, channel, account, to, text, ...more };
}

/** Whether it is this reply that is held, and not what a tool call sent. */
function holds(uncertain: unknown, requested: EventDetail | undefined): boolean {
  const { resolution, deliveryId } = uncertain as Partial<DataOf<typeof DeliveryUncertain>>;
  return resolution === 'held' && deliveryId === (requested?.data as { deliveryId?: string } | undefined)?.deliveryId;
}

export const ENDS: ReadonlySet<string> = new Set(
  [...TERMINAL_MESSAGE_EVENTS, MessageResubmitted, MessageUndelivered, MessageDiscarded].map(({ type }) => type),
);
const REQUESTS: ReadonlySet<string> = new Set([DeliveryRequested.type, MessageResubmitted.type, MessageUndelivered.type]);

/** Of all that is decided about one giving up only the first counts. Returns what was stored before, where it was the same. */
async function decide(context: PipelineContext, letter: DeadLetter, event: NewEvent, actor: Actor): Promise<StoredEvent | undefined> {
  const cell = await context.sessions.load(letter.sessionId);
  const idempotency = { key: `dead-letter:${letter.givenUpBy}`, requestHash: event.type };
  const result = await context.sessions.commit(cell, [event], { ...letter.metadata, actor }, { idempotency });
  if (!result.ok) throw notFound('Something else was decided about it at the same time.');
  return result.replayed ? await context.log.readAt(result.first) : undefined;
}

const notFound = (why: string) =>
  new GatewayError('DEAD_LETTER_NOT_FOUND', { message: `No reply of this message waits to be sent again. ${why}` });
