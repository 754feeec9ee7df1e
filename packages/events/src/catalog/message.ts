import { z } from 'zod';
import { defineAggregate, defineEvent, pii, shorten } from '../define.ts';
import { attachment, channelName, count, durationMs, explain, MOST_ATTACHMENTS, name, peer, problem } from './shared.ts';

export const MessageReceived = defineEvent('message.received', {
  version: 1,
  description: 'A message came in and is durable. Committed before the channel is told that it arrived.',
  schema: z.object({
    messageId: name,
    channel: channelName,
    account: name,
    sender: z.object({
      id: pii(z.string().min(1).max(512)),
      name: pii(z.string().max(512)).optional(),
      roles: pii(z.array(z.string().max(512)).max(250)).optional(),
    }),
    peer,
    /** The group or channel that a thread is in. */
    parent: pii(z.string().min(1).max(512)).optional(),
    parentKind: z.enum(['group', 'channel']).optional(),
    /** Whether it speaks to the agent itself, where the channel says so. */
    mentioned: z.boolean().optional(),
    text: pii(z.string()),
    /** Files that came with it. Their bytes were on the disk before this was committed. */
    attachments: z.array(attachment).max(MOST_ATTACHMENTS).optional(),
    /** The chat service's own id of the message: what a reply quotes. */
    externalId: pii(z.string().min(1).max(512)).optional(),
    /** The session the sender asked for, in the sender's words. */
    sessionKey: pii(z.string().max(512)).optional(),
    /** The agent the sender asked for. */
    agentId: name.optional(),
    /** The client's own id of this request: what `chat.send` calls runId. */
    requestId: pii(z.string().max(512)).optional(),
    /** Instructions and earlier turns that a stateless client sent along. */
    system: pii(z.string()).optional(),
    history: pii(z.array(z.object({ role: z.enum(['user', 'assistant']), text: z.string() }))).optional(),
  }),
  summary: (d) => `${d.channel} message: ${shorten(d.text, 120) || '(empty)'}${withFiles(d.attachments)}`,
  retention: 'content',
});

export const MessageDeduplicated = defineEvent('message.deduplicated', {
  version: 1,
  description: 'The same message arrived again; the first one stands.',
  schema: z.object({ messageId: name, firstPosition: count }),
  summary: (d) => `Duplicate of the message at ${d.firstPosition}`,
  retention: 'debug',
});

export const MessageEdited = defineEvent('message.edited', {
  version: 1,
  description:
    'The sender changed the message. Until its run has begun the new text is what the model is asked; after that the next turn knows of it.',
  schema: z.object({ messageId: name, text: pii(z.string()) }),
  summary: (d) => `Edited: ${shorten(d.text, 120) || '(empty)'}`,
  retention: 'content',
});

export const MessageDeleted = defineEvent('message.deleted', {
  version: 1,
  description: 'The sender deleted the message. Until its run has begun it is not answered; after that the next turn does not show it.',
  schema: z.object({ messageId: name }),
  summary: () => 'Deleted by its sender',
  retention: 'audit',
});

export const MessageRejected = defineEvent('message.rejected', {
  version: 1,
  description: 'The message will not be answered, because its sender may not write or no agent takes it. Terminal.',
  schema: z.object({ messageId: name, problem }),
  summary: (d) => `Rejected: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'warn',
});

/** What becomes of a message that comes while an earlier one is being answered; `queue` where nothing is said: it waits for its turn. */
export const QUEUE_MODES = ['queue', 'collect', 'interrupt', 'steer'] as const;
export type QueueMode = (typeof QUEUE_MODES)[number];

export const MessageQueued = defineEvent('message.queued', {
  version: 1,
  description: 'The message waits for its turn in its session.',
  schema: z.object({
    messageId: name,
    sessionId: name,
    agentId: name,
    runId: name,
    priority: z.enum(['high', 'low']).optional(),
    queueMode: z.enum(QUEUE_MODES).optional(),
  }),
  summary: (d) => `Queued for agent ${d.agentId}`,
  retention: 'audit',
});

export const MessageDelivered = defineEvent('message.delivered', {
  version: 1,
  description: 'The reply reached the channel. Terminal.',
  schema: z.object({ messageId: name, deliveryId: name, totalMs: durationMs, possiblyDuplicate: z.boolean().optional() }),
  summary: (d) => `Answered in ${Math.round(d.totalMs)} ms${d.possiblyDuplicate ? ' (possibly twice)' : ''}`,
  retention: 'audit',
});

export const MessageDeadLettered = defineEvent('message.dead_lettered', {
  version: 1,
  description: 'The gateway gave up on the message after its retries. Terminal.',
  schema: z.object({ messageId: name, stage: z.enum(['run', 'deliver']), attempts: count, problem }),
  summary: (d) => `Gave up at ${d.stage} after ${d.attempts} attempts: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'error',
});

const NO_REPLY = {
  empty_answer: 'The agent had nothing to say',
  aborted: 'Cancelled, no reply',
  not_addressed: 'A group message that does not speak to the agent',
  approval: 'It decided about a tool call',
} as const;

export const MessageNoReply = defineEvent('message.no_reply', {
  version: 1,
  description:
    "The agent chose not to answer, the run was cancelled, a message of a group did not speak to the agent, or it was a person's word on a tool call. Terminal.",
  schema: z.object({
    messageId: name,
    reason: z.enum(['empty_answer', 'aborted', 'not_addressed', 'approval']),
    rule: name.optional(),
  }),
  summary: (d) => NO_REPLY[d.reason],
  retention: 'audit',
});

export const MessageMerged = defineEvent('message.merged', {
  version: 1,
  description: 'The message was answered together with another one. Terminal.',
  schema: z.object({ messageId: name, intoMessageId: name }),
  summary: (d) => `Answered together with ${d.intoMessageId}`,
  retention: 'audit',
});

function withFiles(attachments: readonly unknown[] = []): string {
  if (attachments.length === 0) return '';
  return attachments.length === 1 ? ', with a file' : `, with ${attachments.length} files`;
}

/** What a reply needs that is sent again after its message had ended. */
const reopened = {
  attachments: z.array(attachment).max(MOST_ATTACHMENTS).optional(),
  /** The chat service's own id of the message that is answered. */
  replyTo: pii(z.string().min(1).max(512)).optional(),
  /** An earlier attempt may have arrived. */
  possiblyDuplicate: z.boolean().optional(),
};

export const MessageResubmitted = defineEvent('message.resubmitted', {
  version: 1,
  description: 'An operator has a reply sent that was given up or held: a delivery of its own, with a new id and attempts of its own.',
  schema: z.object({
    messageId: name,
    deliveryId: name,
    runId: name,
    channel: channelName,
    account: name,
    to: peer,
    text: pii(z.string()),
    ...reopened,
  }),
  summary: (d) => `Sent again by ${d.channel} after it was given up`,
  retention: 'content',
});

export const MessageUndelivered = defineEvent('message.undelivered', {
  version: 1,
  description:
    'The service said that a reply which it had taken did not arrive. It is a delivery of its own from then on, which goes on with the attempts that were made.',
  schema: z.object({
    messageId: name,
    deliveryId: name,
    runId: name,
    channel: channelName,
    account: name,
    to: peer,
    text: pii(z.string()),
    ...reopened,
    /** The delivery that the service spoke of, and how many attempts it took. */
    failedDeliveryId: name,
    attempts: count,
    /** Since when the reply is owed. */
    receivedAt: z.int(),
    problem,
    /** How long the service wants to be left alone. */
    retryAfterMs: count.optional(),
  }),
  summary: (d) => `Did not arrive, as ${d.channel} said later: ${explain(d.problem)}`,
  retention: 'content',
  severity: 'error',
});

export const MessageDiscarded = defineEvent('message.discarded', {
  version: 1,
  description: 'An operator leaves a reply as it is for good that was given up or held.',
  schema: z.object({ messageId: name, reason: z.string().max(500).optional() }),
  summary: (d) => `Given up for good${d.reason ? `: ${d.reason}` : ''}`,
  retention: 'audit',
});

/** The events after which nothing more happens to a message, unless a reply did not arrive or an operator has it sent again. */
export const TERMINAL_MESSAGE_EVENTS = [MessageDelivered, MessageRejected, MessageDeadLettered, MessageNoReply, MessageMerged] as const;

export type MessageStatus = 'unknown' | 'received' | 'queued' | 'delivered' | 'rejected' | 'dead_lettered' | 'no_reply' | 'merged';
export type MessageState = {
  readonly status: MessageStatus;
  readonly settled: boolean;
  readonly duplicates: number;
  readonly changed?: 'edited' | 'deleted';
};

export const Message = defineAggregate<MessageState>({
  name: 'message',
  events: [
    MessageReceived,
    MessageDeduplicated,
    MessageQueued,
    MessageEdited,
    MessageDeleted,
    MessageResubmitted,
    MessageUndelivered,
    MessageDiscarded,
    ...TERMINAL_MESSAGE_EVENTS,
  ],
  initial: () => ({ status: 'unknown', settled: false, duplicates: 0 }),
  evolve: (state, event) => {
    if (MessageReceived.is(event)) return { ...state, status: 'received' };
    if (MessageQueued.is(event)) return { ...state, status: 'queued' };
    if (MessageDeduplicated.is(event)) return { ...state, duplicates: state.duplicates + 1 };
    if (MessageEdited.is(event)) return { ...state, changed: 'edited' };
    if (MessageDeleted.is(event)) return { ...state, changed: 'deleted' };
    if (TERMINAL_MESSAGE_EVENTS.some((terminal) => terminal.type === event.type)) {
      return { ...state, settled: true, status: event.type.slice('message.'.length) as MessageStatus };
    }
    return state;
  },
});
