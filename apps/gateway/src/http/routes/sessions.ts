/** What an operator does with a conversation: end what runs or waits in it, let it out of quarantine. */
import { GatewayError, isId } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { viewsToCatchUp } from '../catch-up.ts';
import { defined, parse, text } from '../validate.ts';

const cancelBody = z
  .object({ messageId: text(128).optional(), reason: text(128).default('cancelled over HTTP') }, { error: 'an object' })
  .nullish();

const releaseBody = z.object({ forget: z.boolean({ error: 'true or false' }).default(false) }, { error: 'an object' }).nullish();

export function sessionRoutes(app: FastifyInstance, parts: Parts): void {
  app.post<{ Params: { id: string } }>('/api/sessions/:id/cancel', async (request) => {
    const { messageId, reason = 'cancelled over HTTP' } = parse(cancelBody, request.body) ?? {};
    const sessionId = await knownSession(parts, request.params.id);
    return { sessionId, cancelled: await parts.pipeline.abort({ sessionId, ...defined({ messageId }) }, reason) };
  });

  app.post<{ Params: { id: string } }>('/api/sessions/:id/release', async (request) => {
    const { forget = false } = parse(releaseBody, request.body) ?? {};
    const sessionId = await knownSession(parts, request.params.id);
    return { sessionId, released: await parts.pipeline.release(sessionId, { actor: callerOf(request).actor, forget }) };
  });
}

/** The id of a session that exists, by its id or its key. Throws SESSION_NOT_FOUND. */
async function knownSession(parts: Parts, idOrKey: string): Promise<string> {
  await viewsToCatchUp(parts);
  const { views } = parts.store;
  const session = isId('session', idOrKey) ? await views.session(idOrKey) : await views.sessionByKey(idOrKey);
  if (!session) throw new GatewayError('SESSION_NOT_FOUND', { message: `No session has the id or key ${idOrKey}.` });
  return session.sessionId;
}
