/** Messages over plain HTTP: hand one in, see what became of it. */
import { GatewayError, QUEUE_MODES } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ownPrefixes, ownsMessage } from '../../access/ownership.ts';
import { attachmentBody, inboundFile, MOST_FILES, TOO_MANY_FILES } from '../../attachments/in-body.ts';
import type { Parts } from '../../parts.ts';
import { agentIds } from '../../pipeline/agent.ts';
import { callerOf } from '../authenticate.ts';
import { viewsToCatchUp } from '../catch-up.ts';
import { HISTORY_BODY_LIMIT_BYTES } from '../limits.ts';
import { settledOutcome, submit } from '../submit.ts';
import { cancelWhenGone } from '../v1/cancel.ts';
import { defined, parse, queryDuration, queryFlag, queryNumber, queryPosition, text } from '../validate.ts';

const MAX_WAIT_MS = 10 * 60_000;

const OWN_CHANNELS = '"http" or "web"; the messages of other channels come from their own services';
const messageBody = z.object(
  {
    channel: z.enum(['http', 'web'], { error: OWN_CHANNELS }).default('http'),
    from: text(512),
    text: text(1024 * 1024, 'the message'),
    attachments: z.array(attachmentBody, { error: TOO_MANY_FILES }).max(MOST_FILES, { error: TOO_MANY_FILES }).optional(),
    sessionKey: text(512).optional(),
    agentId: text(128).optional(),
    idempotencyKey: text(512).optional(),
    queueMode: z.enum(QUEUE_MODES, { error: QUEUE_MODES.join(', ') }).optional(),
  },
  { error: 'an object' },
);
const LONG_TEXT = `the message of at most ${1024 * 1024} characters`;
/** What brings files needs no words. */
const fileBody = messageBody.extend({
  text: z
    .string({ error: LONG_TEXT })
    .max(1024 * 1024, { error: LONG_TEXT })
    .default(''),
});
const messageQuery = z.object({
  wait: queryDuration(MAX_WAIT_MS, 'a duration of at most 10m, such as "30s"').optional(),
  cancel: z.literal('disconnect', { error: '"disconnect"' }).optional(),
});
const journeyQuery = z.object({ events: queryFlag().optional() });
const STATUSES = [
  'received',
  'queued',
  'running',
  'delivering',
  'held',
  'delivered',
  'rejected',
  'dead_lettered',
  'no_reply',
  'merged',
  'discarded',
] as const;
const listQuery = z.object({
  settled: queryFlag().optional(),
  status: z.enum(STATUSES, { error: STATUSES.join(', ') }).optional(),
  session: text(128).optional(),
  before: queryPosition().optional(),
  limit: queryNumber(1, 200).default(50),
});

export function messageRoutes(app: FastifyInstance, parts: Parts): void {
  app.post('/api/messages', { bodyLimit: HISTORY_BODY_LIMIT_BYTES }, async (request, reply) => {
    const { wait, cancel } = parse(messageQuery, request.query);
    const body = parse(bringsFiles(request.body) ? fileBody : messageBody, request.body);
    const idempotencyKey = body.idempotencyKey ?? request.headers['idempotency-key'];
    const received = await submit(
      parts,
      {
        channel: body.channel,
        account: 'default',
        inbound: {
          sender: { id: body.from },
          peer: { kind: 'direct', id: body.from },
          text: body.text,
          ...(body.attachments?.length ? { attachments: body.attachments.map(inboundFile) } : {}),
          ...(typeof idempotencyKey === 'string' ? { externalId: idempotencyKey } : {}),
        },
        caller: callerOf(request),
        ...defined({ sessionKey: body.sessionKey, agentId: body.agentId, queueMode: body.queueMode }),
      },
      request,
    );
    const { messageId, sessionId, sessionKey, agentId, position, duplicate } = received;
    const receipt = { messageId, sessionId, sessionKey, agentId, position, duplicate };
    if (wait === undefined) return reply.status(202).send(receipt);
    const outcome = await settledOutcome(parts, messageId, {
      timeoutMs: wait,
      signal: cancelWhenGone(parts, reply, received, cancel === 'disconnect'),
    });
    return { ...receipt, ...outcome };
  });

  app.get('/api/messages', async (request) => {
    const { before, limit, session, ...filter } = parse(listQuery, request.query);
    await viewsToCatchUp(parts);
    const keyPrefixes = request.reach === 'own' ? ownPrefixes(callerOf(request), agentIds(parts.config.current().config)) : undefined;
    return await parts.store.views.messages(defined({ ...filter, sessionId: session, keyPrefixes }), defined({ before, limit }));
  });

  app.get<{ Params: { id: string } }>('/api/messages/:id', async (request) => {
    const { id } = request.params;
    const { events } = parse(journeyQuery, request.query);
    await viewsToCatchUp(parts);
    const journey = await parts.store.views.message(id);
    const isThere = request.reach === 'own' ? await ownsMessage(parts.store.views, callerOf(request), journey) : journey !== undefined;
    if (!journey || !isThere) throw new GatewayError('MESSAGE_NOT_FOUND');
    return events ? { ...journey, events: await parts.store.views.messageEvents(id) } : journey;
  });
}

function bringsFiles(body: unknown): boolean {
  const { attachments } = (body ?? {}) as { readonly attachments?: unknown };
  return Array.isArray(attachments) && attachments.length > 0;
}
