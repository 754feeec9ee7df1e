/** What a service or a client brings twice is one message: what it is known again by, and what became of the first. */
import { createHash } from 'node:crypto';
import {
  encodeBase32,
  GatewayError,
  MessageDeduplicated,
  MessageNoReply,
  MessageQueued,
  MessageReceived,
  MessageRejected,
} from '@openclaw-gateway/events';
import type { Submission } from '../parts.ts';
import type { Receipt } from './arrival.ts';
import type { PipelineContext } from './context.ts';

export type Idempotency = { readonly key: string; readonly requestHash: string } | undefined;

/** The channel's own id of a message makes it unique; what the id must stand for is its content. */
export function idempotencyOf(context: PipelineContext, submission: Submission): Idempotency {
  const { channel, account, inbound, sessionKey, agentId, system, history } = submission;
  if (inbound.externalId === undefined) return undefined;
  const files = inbound.attachments?.map(({ name, mimeType, size }) => [name, mimeType, size]);
  const content = JSON.stringify([
    inbound.sender.id,
    inbound.peer,
    inbound.text,
    sessionKey,
    agentId,
    system,
    history,
    ...(files?.length ? [files] : []),
  ]);
  return {
    key: messageKey(context, channel, account, inbound.externalId),
    requestHash: createHash('sha256').update(content).digest('hex'),
  };
}

/** What a message is unique by in the log. */
export function messageKey({ store }: PipelineContext, channel: string, account: string, externalId: string): string {
  return `in:${encodeBase32(store.pseudonym(`${channel}\0${account}\0${externalId}`).subarray(0, 16))}`;
}

export function mismatch(position: number): GatewayError {
  return new GatewayError('IDEMPOTENCY_MISMATCH', { details: { firstPosition: position } });
}

/** What became of the first message with the same key, read from its events. */
export async function repeated(context: PipelineContext, first: number, last: number): Promise<Receipt> {
  const positions = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const events = (await Promise.all(positions.map((position) => context.log.readAt(position)))).filter((event) => event !== undefined);
  const arrival = events.find(MessageReceived.is);
  if (!arrival) throw new GatewayError('LOG_CORRUPT', { details: { position: first } });
  const { messageId } = arrival.data;
  const { streamId, metadata } = arrival;
  const duplicate = MessageDeduplicated.create({ messageId, firstPosition: first });
  if (metadata.sessionId === undefined) {
    await context.log.append({ events: [{ streamId, event: duplicate, metadata }] });
  } else {
    await context.sessions.commit(await context.sessions.load(metadata.sessionId), [duplicate], metadata);
  }
  const rejected = events.find(MessageRejected.is);
  const queued = events.find(MessageQueued.is);
  if (metadata.sessionId !== undefined && events.some(MessageNoReply.is)) {
    const { sessionKey, agentId } = (await context.sessions.load(metadata.sessionId)).state;
    return {
      status: 'accepted',
      messageId,
      sessionId: metadata.sessionId,
      sessionKey,
      agentId,
      position: last,
      duplicate: true,
      runId: '',
    };
  }
  if (rejected || !queued) {
    const error = events.some(MessageNoReply.is)
      ? new GatewayError('NOT_ADDRESSED')
      : rejected
        ? GatewayError.fromBody(rejected.data.problem as { code: GatewayError['code']; message: string })
        : new GatewayError('INTERNAL');
    return { status: 'rejected', messageId, position: last, error, duplicate: true, runId: '' };
  }
  const { sessionId, agentId, runId } = queued.data;
  const { sessionKey } = (await context.sessions.load(sessionId)).state;
  return { status: 'accepted', messageId, sessionId, sessionKey, agentId, position: last, duplicate: true, runId };
}
