/**
 * The outbox. An attempt is committed before the channel is called, so after a crash between the two the delivery is
 * uncertain; what is done then depends on what the channel can do and on the configuration.
 */
import {
  type OpenDelivery as Delivery,
  DeliveryAttempted,
  DeliveryFailed,
  DeliveryRequested,
  DeliverySucceeded,
  DeliveryUncertain,
  ERASED_TEXT,
  GatewayError,
  MessageDeadLettered,
  MessageDelivered,
  type NewEvent,
  newId,
  type OpenMessage,
  toGatewayError,
} from '@openclaw-gateway/events';
import type { ToolMessage } from '@openclaw-gateway/sdk';
import { outboundFiles } from './attach.ts';
import { channelSettings } from './channel-settings.ts';
import { metadataOf, type PipelineContext, settle } from './context.ts';
import { backoffMs, nextDelivery } from './next.ts';
import { problemOf, type Run } from './run-context.ts';
import type { SessionCell } from './sessions.ts';

/** A reply that could not be sent for this long is given up rather than shown to somebody who no longer expects it. */
const TIME_TO_LIVE_MS = 24 * 3600 * 1000;
const SEND_TIMEOUT_MS = 30_000;
/** How soon it is looked again whether an account that is paused or down can send. */
const HELD_MS = 5_000;

/** Sends what is due in a conversation, in order. Returns when the next one is due. Throws only when the log cannot be written. */
export async function deliverDue(context: PipelineContext, sessionId: string): Promise<{ again: boolean; until?: number }> {
  const cell = await context.sessions.load(sessionId);
  cell.users += 1;
  try {
    for (;;) {
      const next = nextDelivery(cell.state, context.now());
      if (next.kind === 'idle') return { again: false };
      if (next.kind === 'wait') return { again: false, until: next.until };
      if (isHeld(context, next.delivery) && !isTooOld(context, next.message)) return { again: false, until: context.now() + HELD_MS };
      await step(context, cell, next.message, next.delivery);
    }
  } finally {
    cell.users -= 1;
  }
}

/** An attempt that is committed goes on: the log says that it was made. */
function isHeld({ senders, attemptedHere }: PipelineContext, { deliveryId, request }: Delivery): boolean {
  return !attemptedHere.has(deliveryId) && senders.isHeld?.(request.channel, request.account) === true;
}

const isTooOld = (context: PipelineContext, { receivedAt }: OpenMessage): boolean => context.now() - receivedAt > TIME_TO_LIVE_MS;

async function step(context: PipelineContext, cell: SessionCell, open: OpenMessage, delivery: Delivery): Promise<void> {
  if (delivery.status === 'attempting') {
    if (context.attemptedHere.delete(delivery.deliveryId)) return send(context, cell, open, delivery);
    return settleUncertain(context, cell, open, delivery);
  }
  if (delivery.status === 'undelivered') return giveBack(context, cell, open, delivery);
  const isErased = delivery.request.to.id === ERASED_TEXT;
  if (isErased || isTooOld(context, open)) return expire(context, cell, open, delivery);
  const attempt = delivery.attempts + 1;
  context.attemptedHere.add(delivery.deliveryId);
  await commit(context, cell, open, [
    DeliveryAttempted.create({
      ...nameOf(delivery),
      attempt,
      ...(delivery.possiblyDuplicate ? { possiblyDuplicate: true } : {}),
    }),
  ]);
}

async function send(context: PipelineContext, cell: SessionCell, open: OpenMessage, delivery: Delivery): Promise<void> {
  const { deliveryId, request, attempts: attempt } = delivery;
  const { messageId, to, text } = request;
  const startedAt = performance.now();
  let providerMessageId: string | undefined;
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), SEND_TIMEOUT_MS);
  try {
    const { externalId: replyTo } = open.received;
    const files = outboundFiles(context, request.attachments);
    const outbound = { deliveryId, messageId, to, text, attempt, ...(replyTo !== undefined && { replyTo }), ...files };
    ({ providerMessageId } = await context.senders.send(request.channel, request.account, outbound, control.signal));
  } catch (thrown) {
    return recordFailure(context, cell, open, delivery, toGatewayError(thrown));
  } finally {
    clearTimeout(timer);
  }
  const succeeded = DeliverySucceeded.create({
    ...nameOf(delivery),
    attempt,
    durationMs: performance.now() - startedAt,
    ...(providerMessageId === undefined ? {} : { providerMessageId }),
  });
  if (isNotice(delivery)) return commit(context, cell, open, [succeeded]);
  const { inputTokens, outputTokens } = open;
  settle(context, cell, open, { status: 'delivered', reply: text, inputTokens, outputTokens });
  await commit(context, cell, open, [
    succeeded,
    MessageDelivered.create({
      messageId,
      deliveryId,
      totalMs: Math.max(0, context.now() - open.receivedAt),
      ...(delivery.possiblyDuplicate ? { possiblyDuplicate: true } : {}),
    }),
  ]);
}

/** Sends what a tool call asks for, once: whether it arrived is told to the model, who may ask again. Throws what it was refused with. */
export async function sendFor({ context, cell, signal }: Run, open: OpenMessage, callId: string, message: ToolMessage): Promise<void> {
  const { messageId, runId } = open;
  const deliveryId = newId('delivery');
  const name = { deliveryId, callId };
  const { channel, account, to, text } = message;
  const requested = DeliveryRequested.create({ ...name, messageId, runId, channel, account, to, text });
  await commit(context, cell, open, [requested, DeliveryAttempted.create({ ...name, attempt: 1 })]);
  const startedAt = performance.now();
  try {
    const stored = open.notices.find((notice) => notice.deliveryId === deliveryId)?.request ?? requested.data;
    const outbound = { deliveryId, messageId, to, text: stored.text, attempt: 1 };
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
    const { providerMessageId } = await context.senders.send(channel, account, outbound, timeout);
    const durationMs = performance.now() - startedAt;
    await commit(context, cell, open, [
      DeliverySucceeded.create({ ...name, attempt: 1, durationMs, ...(providerMessageId !== undefined && { providerMessageId }) }),
    ]);
  } catch (thrown) {
    const error = toGatewayError(thrown);
    if (error.code.startsWith('LOG_')) throw error;
    const mayHaveArrived = error.details?.['mayHaveArrived'] === true;
    await commit(context, cell, open, [
      DeliveryFailed.create({ ...name, attempt: 1, problem: problemOf(error), ...(mayHaveArrived && { mayHaveArrived }) }),
    ]);
    throw error;
  }
}

/** What calls were sending when the process ended: nobody knows whether it arrived, and it is not sent again. */
export function uncertainSends({ notices, toolCalls }: OpenMessage): NewEvent[] {
  const cut = notices.filter(
    ({ status, request }) =>
      status === 'attempting' && toolCalls.some((call) => call.callId === request.callId && call.status === 'started'),
  );
  return cut.map((notice) => DeliveryUncertain.create({ ...nameOf(notice), attempt: notice.attempts, resolution: 'held' }));
}

/** What the service said later counts as the result of the attempt. */
async function giveBack(context: PipelineContext, cell: SessionCell, open: OpenMessage, delivery: Delivery): Promise<void> {
  const { code, message } = open.lastProblem ?? { code: 'CHANNEL_UNAVAILABLE', message: 'It did not arrive.' };
  const { retryAfterMs } = delivery;
  const details = retryAfterMs === undefined ? {} : { details: { retryAfterMs } };
  await recordFailure(context, cell, open, delivery, GatewayError.fromBody({ code: code as GatewayError['code'], message, ...details }));
}

async function recordFailure(
  context: PipelineContext,
  cell: SessionCell,
  open: OpenMessage,
  delivery: Delivery,
  error: GatewayError,
): Promise<void> {
  const { attempts: attempt } = delivery;
  const mayHaveArrived = error.details?.['mayHaveArrived'] === true;
  const hold =
    mayHaveArrived &&
    !isNotice(delivery) &&
    channelSettings(context.config().config, delivery.request.channel, delivery.request.account).delivery === 'hold';
  if (hold) return resolveUncertain(context, cell, open, delivery, 'held');
  const retryAfterMs = error.details?.['retryAfterMs'];
  const again = error.retryable && !isTooOld(context, open) && attempt < context.config().config.messages.retry.delivery.maxAttempts;
  const retryAt =
    context.now() +
    backoffMs(attempt, { retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined, random: context.random });
  const failed = DeliveryFailed.create({
    ...nameOf(delivery),
    attempt,
    problem: problemOf(error),
    ...(again ? { retryAt } : {}),
    ...(mayHaveArrived ? { mayHaveArrived } : {}),
  });
  if (again || isNotice(delivery)) return commit(context, cell, open, [failed]);
  await deadLetter(context, cell, open, error, [failed]);
}

async function expire(context: PipelineContext, cell: SessionCell, open: OpenMessage, delivery: Delivery): Promise<void> {
  const message = `The reply could not be sent within ${TIME_TO_LIVE_MS / 3_600_000} hours.`;
  const error = new GatewayError('CHANNEL_UNAVAILABLE', { message });
  const failed = DeliveryFailed.create({ ...nameOf(delivery), attempt: delivery.attempts, problem: problemOf(error) });
  if (isNotice(delivery)) return commit(context, cell, open, [failed]);
  await deadLetter(context, cell, open, error, [failed]);
}

async function deadLetter(
  context: PipelineContext,
  cell: SessionCell,
  open: OpenMessage,
  error: GatewayError,
  before: NewEvent[],
): Promise<void> {
  const { messageId } = open;
  const attempts = open.delivery?.attempts ?? 0;
  await commit(context, cell, open, [
    ...before,
    MessageDeadLettered.create({ messageId, stage: 'deliver', attempts, problem: problemOf(error) }),
  ]);
  settle(context, cell, open, { status: 'dead_lettered', error });
}

async function settleUncertain(context: PipelineContext, cell: SessionCell, open: OpenMessage, delivery: Delivery): Promise<void> {
  const { channel, account } = delivery.request;
  if (context.senders.capabilities(channel).idempotency === 'native')
    return resolveUncertain(context, cell, open, delivery, 'retry_idempotent');
  // A question that is asked twice does no harm, one that is not asked does.
  const policy = isNotice(delivery) ? 'at_least_once' : channelSettings(context.config().config, channel, account).delivery;
  await resolveUncertain(context, cell, open, delivery, policy === 'hold' ? 'held' : 'retry_at_least_once');
}

async function resolveUncertain(
  context: PipelineContext,
  cell: SessionCell,
  open: OpenMessage,
  delivery: Delivery,
  resolution: 'retry_idempotent' | 'retry_at_least_once' | 'held',
): Promise<void> {
  await commit(context, cell, open, [DeliveryUncertain.create({ ...nameOf(delivery), attempt: delivery.attempts, resolution })]);
  if (resolution === 'held') settle(context, cell, open, { status: 'held', error: new GatewayError('DELIVERY_UNCERTAIN') });
}

const isNotice = ({ request }: Delivery): boolean => request.callId !== undefined;

/** What the events of a delivery call it by. */
function nameOf({ deliveryId, request: { callId } }: Delivery): { deliveryId: string; callId?: string } {
  return callId === undefined ? { deliveryId } : { deliveryId, callId };
}

async function commit(context: PipelineContext, cell: SessionCell, open: OpenMessage, events: readonly NewEvent[]): Promise<void> {
  await context.sessions.commit(cell, events, metadataOf(cell, open));
}
