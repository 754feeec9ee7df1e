/** A message that may not come in: recorded with why, on the stream of the account that brought it. */
import type { StreamEvent } from '@openclaw-gateway/db';
import {
  AuthDenied,
  type EventMetadata,
  GatewayError,
  MessageNoReply,
  MessageRejected,
  type NewEvent,
  newId,
  type StoredEvent,
} from '@openclaw-gateway/events';
import type { Submission } from '../parts.ts';
import type { Admission } from './admit.ts';
import { actorOf, type Receipt } from './arrival.ts';
import { type PipelineContext, subjectOf } from './context.ts';
import { type Idempotency, mismatch, repeated } from './idempotency.ts';
import { problemOf } from './run-context.ts';

const ANSWER_TIMEOUT_MS = 30_000;

/** Records a message that is not taken. Somebody unknown who may pair is told how, once that is durable. */
export async function turnAway(
  context: PipelineContext,
  submission: Submission,
  arrival: NewEvent<string, { messageId: string }>,
  admission: Extract<Admission, { allowed: false }>,
  idempotency: Idempotency,
): Promise<Receipt> {
  const { error, rule } = admission;
  const { messageId } = arrival.data;
  if (error.code === 'NOT_ADDRESSED') {
    const noReply = MessageNoReply.create({ messageId, reason: 'not_addressed', rule });
    return (await recordRefused(context, submission, messageId, [arrival, noReply], error, idempotency)).receipt;
  }
  const reasons = [denied(submission, admission)];
  if (error.code !== 'SENDER_UNPAIRED' || !context.pairing) return await reject(context, submission, arrival, reasons, error, idempotency);
  const { channel, account, inbound } = submission;
  const { peer, sender } = inbound;
  const asked = context.pairing.asked({ channel, account, sender, peer, messageId }, context.now());
  let stored: readonly StoredEvent[] | undefined;
  try {
    const events = [arrival, ...reasons, MessageRejected.create({ messageId, problem: problemOf(error) })];
    const refused = await recordRefused(context, submission, messageId, events, error, idempotency, asked.events);
    stored = refused.stored;
    if (stored.length > 0 && asked.answer !== undefined) answer(context, submission, messageId, asked.answer);
    return refused.receipt;
  } finally {
    asked.done(stored);
  }
}

/** Tried once: whoever gets no answer writes again, and is told later. */
function answer({ senders, logger }: PipelineContext, { channel, account, inbound }: Submission, messageId: string, text: string): void {
  const outbound = { deliveryId: newId('delivery'), messageId, to: inbound.peer, text, attempt: 1 };
  senders
    .send(channel, account, outbound, AbortSignal.timeout(ANSWER_TIMEOUT_MS))
    .catch((error: unknown) =>
      logger.warn({ err: error, channel, account, messageId }, 'a sender could not be told why his message was not taken'),
    );
}

export async function reject(
  context: PipelineContext,
  submission: Submission,
  arrival: NewEvent<string, { messageId: string }>,
  reasons: readonly NewEvent[],
  error: GatewayError,
  idempotency: Idempotency,
): Promise<Receipt> {
  const { messageId } = arrival.data;
  const events = [arrival, ...reasons, MessageRejected.create({ messageId, problem: problemOf(error) })];
  return (await recordRefused(context, submission, messageId, events, error, idempotency)).receipt;
}

/** Rejects the message of somebody known who is to hear why where he wrote it. */
export async function rejectAloud(
  context: PipelineContext,
  submission: Submission,
  [arrival, ...reasons]: readonly [NewEvent<string, { messageId: string }>, ...NewEvent[]],
  error: GatewayError,
  idempotency: Idempotency,
): Promise<Receipt> {
  const receipt = await reject(context, submission, arrival, reasons, error, idempotency);
  if (!receipt.duplicate && submission.caller.method === 'channel')
    answer(context, submission, receipt.messageId, `${error.message} (${error.code})`);
  return receipt;
}

async function recordRefused(
  context: PipelineContext,
  submission: Submission,
  messageId: string,
  events: readonly NewEvent[],
  error: GatewayError,
  idempotency: Idempotency,
  others: readonly StreamEvent[] = [],
): Promise<{ readonly receipt: Receipt; readonly stored: readonly StoredEvent[] }> {
  const { channel, account } = submission;
  const subject = subjectOf(context.store, channel, submission.inbound.sender.id);
  const metadata: EventMetadata = { correlationId: messageId, channel, actor: actorOf(context, submission), subject };
  const result = await context.log.append({
    events: [...events.map((event) => ({ streamId: `channel/${channel}/${account}`, event, metadata })), ...others],
    ...(idempotency ? { idempotency } : {}),
  });
  if (!result.ok) throw result.reason === 'conflict' ? new GatewayError('INTERNAL') : mismatch(result.position);
  if (result.replayed) return { receipt: await repeated(context, result.first, result.last), stored: [] };
  const receipt = { status: 'rejected', messageId, position: result.last, error, duplicate: false, runId: '' } as const;
  return { receipt, stored: result.events };
}

function denied(submission: Submission, admission: Extract<Admission, { allowed: false }>): NewEvent {
  return AuthDenied.create({ method: submission.caller.method, rule: admission.rule, problem: problemOf(admission.error) });
}
