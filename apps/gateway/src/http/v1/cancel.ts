import type { FastifyReply } from 'fastify';
import type { Parts } from '../../parts.ts';
import { type Accepted, clientGone } from '../submit.ts';

/**
 * Aborted when the client goes away. Its message is cancelled then where `cancels`: because it has a session of its own, so that nobody
 * can ever read the answer, or because the client asked for it. Else the conversation goes on without the client.
 */
export function cancelWhenGone(parts: Parts, reply: FastifyReply, { messageId, sessionId }: Accepted, cancels: boolean): AbortSignal {
  const gone = clientGone(reply);
  if (!cancels) return gone;
  gone.addEventListener('abort', () => {
    parts.pipeline.abort({ sessionId, messageId }, 'client_gone').catch((error: unknown) => {
      parts.logger.warn({ err: error, correlationId: messageId, sessionId }, 'the run of a client that went away was not cancelled');
    });
  });
  return gone;
}
