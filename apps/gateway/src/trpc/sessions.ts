import type { SessionRow } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { ownPrefixes, ownsKey, ownsMessage } from '../access/ownership.ts';
import { type ListedSession, withState } from '../history/idle.ts';
import type { Parts } from '../parts.ts';
import { agentIds } from '../pipeline/agent.ts';
import { readConversation, turn } from './conversation.ts';
import { procedure, router } from './procedure.ts';
import { message, page, sessionRow } from './rows.ts';
import { recordedRoute, routeDecision, toTurnEvent, turnEvent } from './turn.ts';
import { definedOnly } from './wire.ts';

const id = z.string().min(1).max(128);
const position = z.int().nonnegative();

/** The sessions page: the list, one conversation, and one turn of it. */
export const sessionsRouter = router({
  /** The one that was active last comes first. */
  list: procedure
    .input(
      z.object({
        filter: z.object({ agentId: id.optional(), channel: id.optional(), openOnly: z.boolean().optional() }),
        before: position.optional(),
        limit: z.int().min(1).max(100),
      }),
    )
    .output(page(sessionRow))
    .query(async ({ ctx, input }) => {
      const { before, limit } = input;
      const { views } = ctx.parts.store;
      const keyPrefixes = ctx.reach === 'own' ? ownPrefixes(ctx.caller, agentIds(ctx.parts.config.current().config)) : undefined;
      const found = await views.sessions(
        definedOnly({ ...input.filter, keyPrefixes }),
        before === undefined ? { limit } : { before, limit },
      );
      return { ...found, rows: found.rows.map((row) => listed(row, ctx.parts)) };
    }),

  /** A session and a page of its conversation, the newest page first, each page in the order things were said. */
  get: procedure
    .input(z.object({ sessionId: id, before: position.optional(), limit: z.int().min(1).max(50) }))
    .output(z.object({ session: sessionRow, closed: z.boolean(), turns: z.array(turn), next: position.optional() }))
    .query(async ({ ctx, input }) => {
      const { views } = ctx.parts.store;
      const { sessionId, before, limit } = input;
      const session = await views.session(sessionId);
      if (!session || (ctx.reach === 'own' && !ownsKey(ctx.caller, session.sessionKey)))
        throw new GatewayError('SESSION_NOT_FOUND', { details: { sessionId } });
      return {
        session: listed(session, ctx.parts),
        ...(await readConversation(views, sessionId, before === undefined ? { limit } : { before, limit })),
      };
    }),

  /** Everything that happened to one message, and how it was routed. */
  turn: procedure
    .input(z.object({ messageId: id }))
    .output(z.object({ message: message.omit({ text: true, reply: true }), events: z.array(turnEvent), route: routeDecision.optional() }))
    .query(async ({ ctx, input }) => {
      const { views } = ctx.parts.store;
      const journey = await views.message(input.messageId);
      const isThere = ctx.reach === 'all' || (await ownsMessage(views, ctx.caller, journey));
      if (!journey || !isThere) throw new GatewayError('MESSAGE_NOT_FOUND', { details: { messageId: input.messageId } });
      const events = await views.messageEvents(input.messageId);
      const route = recordedRoute(events);
      return { message: journey, events: events.map(toTurnEvent), ...(route ? { route } : {}) };
    }),
});

function listed(row: SessionRow, { config }: Pick<Parts, 'config'>): ListedSession {
  return withState(row, config.current().config.gateway.sessions.timeout, Date.now());
}
