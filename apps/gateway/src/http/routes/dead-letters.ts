/** Replies that could not be sent and were given up. */
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { viewsToCatchUp } from '../catch-up.ts';
import { defined, parse, queryNumber, queryPosition, text } from '../validate.ts';

const listQuery = z.object({
  channel: text(64).optional(),
  before: queryPosition().optional(),
  limit: queryNumber(1, 200).default(50),
});
const discardBody = z.object({ reason: text(500).optional() }, { error: 'an object' }).nullish();
const STATUS = 'dead_lettered';
const REOPENED: ReadonlySet<string> = new Set(['message.resubmitted', 'message.undelivered']);

type Named = { readonly Params: { readonly id: string } };

export function deadLetterRoutes(app: FastifyInstance, parts: Parts): void {
  const { views } = parts.store;

  app.get('/api/dead-letters', async (request) => {
    const { channel, before, limit } = parse(listQuery, request.query);
    await viewsToCatchUp(parts);
    return await views.messages({ status: STATUS, hasReply: true, ...defined({ channel }) }, defined({ before, limit }));
  });

  app.get<Named>('/api/dead-letters/:id', async (request) => {
    const { id } = request.params;
    await viewsToCatchUp(parts);
    const journey = await views.message(id);
    if (journey?.status !== STATUS) throw new GatewayError('DEAD_LETTER_NOT_FOUND');
    const events = await views.messageEvents(id);
    return { ...journey, events: events.filter(({ type }) => type.startsWith('delivery.') || REOPENED.has(type)) };
  });

  app.post<Named>(
    '/api/dead-letters/:id/resubmit',
    async (request) => await parts.pipeline.resubmit(request.params.id, callerOf(request).actor),
  );

  app.post<Named>('/api/dead-letters/:id/discard', async (request) => {
    const { reason } = parse(discardBody, request.body) ?? {};
    return await parts.pipeline.discard(request.params.id, callerOf(request).actor, reason);
  });
}
