import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';

/** Browsers behind two proxies send some forty. */
export const MAX_HEADERS = 100;

/** Refuses requests with more headers than anybody needs: Node would drop some of thousands without a word. */
export function limitHeaderCount(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.raw.rawHeaders.length <= 2 * MAX_HEADERS) return;
    reply.header('connection', 'close');
    throw new GatewayError('HEADERS_TOO_LARGE', { details: { limitHeaders: MAX_HEADERS } });
  });
}
