/** Bundles that come in to be replayed. The runs themselves are the dashboard's (trpc/replays.ts). */
import { LIMITS } from '@openclaw-gateway/db/bundle/format';
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import type { Parts } from '../../parts.ts';

export async function replayRoutes(app: FastifyInstance, { replays }: Parts): Promise<void> {
  await app.register(async (bundles) => {
    bundles.addContentTypeParser('application/octet-stream', { parseAs: 'buffer', bodyLimit: LIMITS.packedBytes }, (_, body, done) =>
      done(null, body),
    );
    bundles.post('/api/replays/bundles', { bodyLimit: LIMITS.packedBytes }, async (request, reply) => {
      if (!Buffer.isBuffer(request.body))
        throw new GatewayError('BAD_REQUEST', { message: 'A bundle is sent as application/octet-stream.' });
      return reply.status(201).send(await replays.importBundle(request.body));
    });
  });
}
