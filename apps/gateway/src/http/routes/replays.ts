/** Bundles that come in to be replayed. The runs themselves are the dashboard's (trpc/replays.ts). */
import { LIMITS } from '@openclaw-gateway/db/bundle/format';
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { parse } from '../validate.ts';

/** The last line of events.jsonl that was shown. */
const inspectQuery = z.object({ after: z.coerce.number().int().min(0).max(LIMITS.events).default(0) });

export async function replayRoutes(app: FastifyInstance, { replays }: Parts): Promise<void> {
  await app.register(async (bundles) => {
    bundles.addContentTypeParser('application/octet-stream', { parseAs: 'buffer', bodyLimit: LIMITS.packedBytes }, (_, body, done) =>
      done(null, body),
    );
    bundles.post('/api/replays/bundles', { bodyLimit: LIMITS.packedBytes }, async (request, reply) => {
      return reply.status(201).send(await replays.importBundle(bundleIn(request.body)));
    });
    // One that need not be whole: what is wrong with it, and what can be read of it.
    bundles.post('/api/replays/bundles/inspect', { bodyLimit: LIMITS.packedBytes }, async (request) => {
      const { after } = parse(inspectQuery, request.query);
      return replays.inspectBundle(bundleIn(request.body), after);
    });
  });
}

function bundleIn(body: unknown): Buffer {
  if (!Buffer.isBuffer(body)) throw new GatewayError('BAD_REQUEST', { message: 'A bundle is sent as application/octet-stream.' });
  return body;
}
