/** Replies that a service took and of which it said later that they did not arrive. */
import { ERASED_TEXT, GatewayError, MessageDelivered, MessageReceived, MessageUndelivered, newId, shorten } from '@openclaw-gateway/events';
import type { Undelivered } from '../parts.ts';
import type { PipelineContext } from './context.ts';
import { ENDS, readReply } from './dead-letters.ts';

/**
 * Owes a reply again that did not arrive, and returns the conversation that it belongs to. The outbox decides whether it is sent again
 * or given up, as after a failed attempt. Said twice, or of a reply that is sent again anyway, it changes nothing. Throws
 * CHANNEL_UNAVAILABLE while it is not known whether the service took it, LOG_*.
 */
export async function takeBack(context: PipelineContext, report: Undelivered): Promise<string | undefined> {
  const { messageId, deliveryId: failedDeliveryId, error, isPart } = report;
  const { rows, request, possiblyDuplicate } = await readReply(context, messageId);
  const ended = rows.findLast(({ type }) => ENDS.has(type));
  const { sessionId } = (ended ?? rows.at(-1))?.metadata ?? {};
  if (!request || request.deliveryId !== failedDeliveryId || sessionId === undefined) return undefined;
  if (request.to.id === ERASED_TEXT || request.text === ERASED_TEXT) return undefined;
  const cell = await context.sessions.load(sessionId);
  const open = cell.state.open.get(messageId);
  if (open?.delivery?.status === 'attempting') {
    throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'The reply is still being sent.', details: { messageId } });
  }
  if (open ? open.delivery?.status !== 'held' : ended?.type !== MessageDelivered.type) return undefined;
  const { actor: _, ...metadata } = rows.at(-1)?.metadata ?? {};
  const event = MessageUndelivered.create({
    ...request,
    deliveryId: newId('delivery'),
    failedDeliveryId,
    attempts: attemptsOf(rows, failedDeliveryId),
    receivedAt: owedSince(rows),
    problem: { code: error.code, message: shorten(error.message, 2000) },
    ...retryAfterOf(error),
    ...((possiblyDuplicate || isPart) && { possiblyDuplicate: true }),
  });
  const idempotency = { key: `undelivered:${failedDeliveryId}`, requestHash: 'undelivered' };
  const result = await context.sessions.commit(cell, [event], metadata, { idempotency });
  if (!result.ok || result.replayed) return undefined;
  context.live.add(messageId, event.data.receivedAt, request);
  return sessionId;
}

type Rows = readonly { readonly type: string; readonly time: number; readonly data: unknown }[];

function attemptsOf(rows: Rows, deliveryId: string): number {
  const attempts = rows.flatMap(({ data }) => {
    const made = data as { readonly deliveryId?: string; readonly attempt?: number };
    return made.deliveryId === deliveryId && made.attempt !== undefined ? [made.attempt] : [];
  });
  return Math.max(1, ...attempts);
}

/** An operator's word counts as a new promise, a report of the service does not. */
function owedSince(rows: Rows): number {
  const begun = rows.findLast(({ type }) => type === 'message.resubmitted') ?? rows.find(({ type }) => type === MessageReceived.type);
  return begun?.time ?? Date.now();
}

function retryAfterOf({ details }: GatewayError): { readonly retryAfterMs?: number } {
  const waitMs = details?.['retryAfterMs'];
  return typeof waitMs === 'number' ? { retryAfterMs: Math.round(waitMs) } : {};
}
