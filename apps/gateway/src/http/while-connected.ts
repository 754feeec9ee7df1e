import type { FastifyReply } from 'fastify';

/** Aborts when the client goes away before it has its answer, so that nobody works for it any longer. */
export function whileConnected(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) gone.abort();
  });
  return gone.signal;
}
