/** What the log and its views hold: events and sessions. */
import type { SessionRow } from '@openclaw-gateway/db';
import { GatewayError, isId, type Severity } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ownKey, ownPrefixes, refuseOthers } from '../../access/ownership.ts';
import { withState } from '../../history/idle.ts';
import { momentOf } from '../../history/moment.ts';
import { sessionAt } from '../../history/session-at.ts';
import type { Parts } from '../../parts.ts';
import { agentIds } from '../../pipeline/agent.ts';
import { callerOf } from '../authenticate.ts';
import { viewsToCatchUp } from '../catch-up.ts';
import { defined, parse, queryFlag, queryList, queryNumber, queryPosition, text } from '../validate.ts';
import { whileConnected } from '../while-connected.ts';

const SEVERITIES = ['debug', 'info', 'warn', 'error'] as const satisfies readonly Severity[];
const MAX_TRANSCRIPT = 1000;

const eventsQuery = z
  .object({
    after: queryPosition().optional(),
    before: queryPosition().optional(),
    limit: queryNumber(1, 500).default(100),
    type: queryList().optional(),
    severity: queryList()
      .pipe(z.array(z.enum(SEVERITIES, { error: SEVERITIES.join(', ') })))
      .optional(),
    channel: queryList().optional(),
    agent: queryList().optional(),
    session: text(128).optional(),
    message: text(128).optional(),
    q: z.string({ error: 'a query' }).max(2000, { error: 'a query of at most 2000 characters' }).optional(),
  })
  .refine((query) => query.after === undefined || query.before === undefined, { path: ['after'], error: 'either after or before' });

const sessionsQuery = z.object({
  agent: text(128).optional(),
  channel: text(64).optional(),
  open: queryFlag().optional(),
  before: queryPosition().optional(),
  limit: queryNumber(1, 200).default(50),
});
const sessionQuery = z.object({
  limit: queryNumber(1, MAX_TRANSCRIPT).default(200),
  position: queryPosition().optional(),
  at: text(64, 'a position, a time or how long ago').optional(),
});

export function logRoutes(app: FastifyInstance, parts: Parts): void {
  const { views, log } = parts.store;
  const listed = (row: SessionRow) => withState(row, parts.config.current().config.gateway.sessions.timeout, Date.now());

  app.get('/api/events', async (request, reply) => {
    const { after, before, limit, type, severity, channel, agent, session, message, q } = parse(eventsQuery, request.query);
    const filter = defined({
      types: type,
      severities: severity,
      channels: channel,
      agentIds: agent,
      sessionId: session,
      correlationId: message,
      query: q,
    });
    const signal = whileConnected(reply);
    await viewsToCatchUp(parts);
    if (after !== undefined) return { ...(await views.eventsAfter(filter, { after, limit, signal })), head: log.head() };
    return await views.events(filter, { ...defined({ before, limit }), signal });
  });

  app.get<{ Params: { position: string } }>('/api/events/:position', async (request) => {
    const { position } = parse(z.object({ position: queryPosition() }), request.params);
    await viewsToCatchUp(parts);
    const event = await views.event(position);
    if (!event) throw new GatewayError('EVENT_NOT_FOUND');
    return event;
  });

  app.get('/api/sessions', async (request) => {
    const { agent, channel, open, before, limit } = parse(sessionsQuery, request.query);
    await viewsToCatchUp(parts);
    const keyPrefixes = request.reach === 'own' ? ownPrefixes(callerOf(request), agentIds(parts.config.current().config)) : undefined;
    const page = await views.sessions(defined({ agentId: agent, channel, openOnly: open, keyPrefixes }), defined({ before, limit }));
    return { ...page, rows: page.rows.map(listed) };
  });

  app.get<{ Params: { id: string } }>('/api/sessions/:id', async (request) => {
    const { limit, position, at } = parse(sessionQuery, request.query);
    const { id } = request.params;
    await viewsToCatchUp(parts);
    const isOwn = request.reach === 'own';
    const key = isOwn && !isId('session', id) ? parts.pipeline.resolveSession(ownKey(callerOf(request), id)).sessionKey : id;
    if (at !== undefined && !isOwn) return await sessionAt(parts.store, id, await momentOf(log, at));
    const session = isId('session', id) ? await views.session(id) : await views.sessionByKey(key);
    if (isOwn) refuseOthers(callerOf(request), session);
    if (at !== undefined) return await sessionAt(parts.store, session?.sessionId ?? id, await momentOf(log, at));
    if (!session) throw new GatewayError('SESSION_NOT_FOUND');
    const { transcript, quarantine } = await views.sessionState(session.sessionId, position);
    return {
      session: listed(session),
      ...(quarantine && { quarantine }),
      transcript: transcript.slice(-limit),
      transcriptLength: transcript.length,
    };
  });
}
