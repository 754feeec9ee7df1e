import { z } from 'zod';
import { defineAggregate, defineEvent, pii, shorten } from '../define.ts';
import { attachment, channelName, count, durationMs, explain, MOST_ATTACHMENTS, name, peer, problem } from './shared.ts';

/** `callId`: it is no reply, but what a tool call sends, or the question to a person about it. */
const delivery = { deliveryId: name, callId: name.optional() };

export const DeliveryRequested = defineEvent('delivery.requested', {
  version: 1,
  description:
    'A reply is to be sent, or what a tool call is about, committed together with the run that made it; or the test message of a probe, which no run made.',
  schema: z.object({
    ...delivery,
    messageId: name,
    runId: name,
    channel: channelName,
    account: name,
    to: peer,
    text: pii(z.string()),
    attachments: z.array(attachment).max(MOST_ATTACHMENTS).optional(),
  }),
  summary: (d) => `${d.callId === undefined ? 'Reply' : 'Message of a tool call'} for ${d.channel}: ${shorten(d.text, 120)}`,
  retention: 'content',
});

export const DeliveryAttempted = defineEvent('delivery.attempted', {
  version: 1,
  description: 'The channel is about to be called. Without a result after it the delivery is uncertain.',
  schema: z.object({
    ...delivery,
    attempt: count,
    /** An earlier attempt may have arrived already. */
    possiblyDuplicate: z.boolean().optional(),
  }),
  summary: (d) => `Attempt ${d.attempt}${d.possiblyDuplicate ? ', possibly a duplicate' : ''}`,
  retention: 'audit',
});

export const DeliverySucceeded = defineEvent('delivery.succeeded', {
  version: 1,
  description: 'The channel took the reply.',
  schema: z.object({ ...delivery, attempt: count, providerMessageId: pii(z.string().max(512)).optional(), durationMs }),
  summary: (d) => `Sent at attempt ${d.attempt}`,
  retention: 'audit',
});

export const DeliveryFailed = defineEvent('delivery.failed', {
  version: 1,
  description:
    'The channel did not take the reply. When `retryAt` is set it will be tried again then. `mayHaveArrived`: the connection broke before the answer came.',
  schema: z.object({ ...delivery, attempt: count, problem, retryAt: count.optional(), mayHaveArrived: z.boolean().optional() }),
  summary: (d) => `Attempt ${d.attempt} failed: ${explain(d.problem)}${d.retryAt ? '; will try again' : ''}`,
  retention: 'audit',
  severity: 'error',
});

export const DeliveryUncertain = defineEvent('delivery.uncertain', {
  version: 1,
  description: 'A crash fell between an attempt and its result. What is done depends on the channel.',
  schema: z.object({ ...delivery, attempt: count, resolution: z.enum(['retry_idempotent', 'retry_at_least_once', 'reconciled', 'held']) }),
  summary: (d) => `Unknown whether attempt ${d.attempt} arrived: ${d.resolution.replaceAll('_', ' ')}`,
  retention: 'audit',
  severity: 'warn',
});

export const DeliveryReported = defineEvent('delivery.reported', {
  version: 1,
  description: 'The service said later what became of a reply that it had taken: on its way, on the device, read, or failed after all.',
  schema: z.object({
    ...delivery,
    channel: channelName,
    account: name,
    status: z.enum(['sent', 'delivered', 'read', 'failed']),
    problem: problem.optional(),
  }),
  summary: (d) => (d.problem ? `Not delivered: ${explain(d.problem)}` : `Reported as ${d.status}`),
  retention: 'debug',
});

export type DeliveryStatus =
  | 'none'
  | 'requested'
  | 'attempting'
  | 'retrying'
  | 'succeeded'
  | 'failed'
  | 'held'
  /** The service took it and said later that it did not arrive. */
  | 'undelivered';
export type DeliveryState = {
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly retryAt?: number;
  readonly reported?: 'sent' | 'delivered' | 'read' | 'failed';
};

export const Delivery = defineAggregate<DeliveryState>({
  name: 'delivery',
  events: [DeliveryRequested, DeliveryAttempted, DeliverySucceeded, DeliveryFailed, DeliveryUncertain, DeliveryReported],
  initial: () => ({ status: 'none', attempts: 0 }),
  evolve: (state, event) => {
    if (DeliveryRequested.is(event)) return { status: 'requested', attempts: 0 };
    if (DeliveryAttempted.is(event)) return { status: 'attempting', attempts: event.data.attempt };
    if (DeliverySucceeded.is(event)) return { status: 'succeeded', attempts: event.data.attempt };
    if (DeliveryFailed.is(event)) {
      const { attempt, retryAt } = event.data;
      return retryAt === undefined ? { status: 'failed', attempts: attempt } : { status: 'retrying', attempts: attempt, retryAt };
    }
    if (DeliveryUncertain.is(event) && event.data.resolution === 'held') return { ...state, status: 'held' };
    if (DeliveryReported.is(event)) return { ...state, reported: event.data.status };
    return state;
  },
});
