import type { FastifyReply } from 'fastify';
import type { Parts } from '../../parts.ts';
import { type Accepted, clientGone } from '../submit.ts';

/**
 * Aborted when the client goes away. A message in a session of its own is cancelled then, because nobody can ever read
 * the answer; in a lasting session the conversation goes on without the client.
 */
export function cancelWhenGone(parts: Parts, reply: FastifyReply, { messageId, sessionId }: Accepted, stateless: boolean): AbortSignal {
  const gone = clientGone(reply);
  if (!stateless) return gone;
  gone.addEventListener('abort', () => {
    parts.pipeline.abort({ sessionId, messageId }, 'client_gone').catch((error: unknown) => {
      parts.logger.warn({ err: error, correlationId: messageId, sessionId }, 'the run of a client that went away was not cancelled');
    });
  });
  return gone;
}
