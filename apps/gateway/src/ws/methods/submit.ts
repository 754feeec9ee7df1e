/** How a client's message enters the pipeline: under the client's own key, so that the same key never runs twice. */
import { GatewayError, type QueueMode } from '@openclaw-gateway/events';
import type { InboundAttachment, Received } from '@openclaw-gateway/sdk';
import { ownerOf, ownSubmission } from '../../access/ownership.ts';
import type { Submission } from '../../parts.ts';
import { conversationOf } from './conversation.ts';
import type { MethodContext } from './method.ts';

export type ClientMessage = {
  readonly sessionKey: string;
  readonly agentId?: string | undefined;
  readonly text: string;
  readonly attachments?: readonly InboundAttachment[] | undefined;
  readonly idempotencyKey: string;
  readonly system?: string | undefined;
  readonly queueMode?: QueueMode | undefined;
  /** The session that the client believes the key to mean. */
  readonly sessionId?: string | undefined;
};

export type Submitted = Extract<Received, { status: 'accepted' }>;

/** Commits the message. Throws what `Pipeline.receive` throws, and why it was rejected. */
export async function submit(context: MethodContext, message: ClientMessage): Promise<Submitted> {
  const { parts, runs, member, reach } = context;
  const { sessionKey, sessionId } = conversationOf(context, message.sessionKey, message.agentId);
  if (message.sessionId !== undefined && message.sessionId !== sessionId) {
    throw new GatewayError('BAD_REQUEST', { message: 'sessionId is not the session of sessionKey', details: { sessionId } });
  }
  const asked = submission(member, message, sessionKey);
  const received = await parts.pipeline.receive(reach === 'own' ? ownSubmission(asked, member.caller) : asked);
  if (received.status === 'rejected') throw received.error;
  runs.note(message.idempotencyKey, received.messageId, ownerOf(received.sessionKey));
  return received;
}

/** The sender is the program, not its instance: an instance that starts anew must be able to repeat what it sent. */
function submission({ client, caller }: MethodContext['member'], message: ClientMessage, sessionKey: string): Submission {
  const { agentId, text, attachments, idempotencyKey, system, queueMode } = message;
  const { displayName } = client;
  return {
    channel: client.mode === 'webchat' || client.id === 'openclaw-control-ui' ? 'web' : 'websocket',
    account: 'default',
    inbound: {
      externalId: `ws:${sessionKey}:${idempotencyKey}`,
      sender: { id: client.id, ...(displayName === undefined ? {} : { name: displayName.slice(0, 512) }) },
      peer: { kind: 'direct', id: client.id },
      text,
      ...(attachments?.length && { attachments }),
    },
    caller,
    sessionKey,
    requestId: idempotencyKey,
    ...(agentId === undefined ? {} : { agentId }),
    ...(system === undefined ? {} : { system }),
    ...(queueMode === undefined ? {} : { queueMode }),
  };
}
