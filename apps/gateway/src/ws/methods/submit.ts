/** How a client's message enters the pipeline: under the client's own key, so that the same key never runs twice. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Received } from '@openclaw-gateway/sdk';
import type { Submission } from '../../parts.ts';
import type { MethodContext } from './method.ts';

export type ClientMessage = {
  readonly sessionKey: string;
  readonly agentId?: string | undefined;
  readonly text: string;
  readonly idempotencyKey: string;
  readonly system?: string | undefined;
  /** The session that the client believes the key to mean. */
  readonly sessionId?: string | undefined;
};

export type Submitted = Extract<Received, { status: 'accepted' }>;

/** Commits the message. Throws what `Pipeline.receive` throws, and why it was rejected. */
export async function submit({ parts, runs, member }: MethodContext, message: ClientMessage): Promise<Submitted> {
  const { sessionKey, sessionId } = parts.pipeline.resolveSession(message.sessionKey, message.agentId);
  if (message.sessionId !== undefined && message.sessionId !== sessionId) {
    throw new GatewayError('BAD_REQUEST', { message: 'sessionId is not the session of sessionKey', details: { sessionId } });
  }
  const received = await parts.pipeline.receive(submission(member, message, sessionKey));
  if (received.status === 'rejected') throw received.error;
  runs.note(message.idempotencyKey, received.messageId);
  return received;
}

/** The sender is the program, not its instance: an instance that starts anew must be able to repeat what it sent. */
function submission({ client, caller }: MethodContext['member'], message: ClientMessage, sessionKey: string): Submission {
  const { agentId, text, idempotencyKey, system } = message;
  const { displayName } = client;
  return {
    channel: client.mode === 'webchat' || client.id === 'openclaw-control-ui' ? 'web' : 'websocket',
    account: 'default',
    inbound: {
      externalId: `ws:${sessionKey}:${idempotencyKey}`,
      sender: { id: client.id, ...(displayName === undefined ? {} : { name: displayName.slice(0, 512) }) },
      peer: { kind: 'direct', id: client.id },
      text,
    },
    caller,
    sessionKey,
    requestId: idempotencyKey,
    ...(agentId === undefined ? {} : { agentId }),
    ...(system === undefined ? {} : { system }),
  };
}
