import type { SessionRow } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { ownPrefixes, ownsMessage } from '../access/ownership.ts';
import { mayDo } from '../access/roles.ts';
import { type ListedSession, withState } from '../history/idle.ts';
import type { Parts } from '../parts.ts';
import { agentIds } from '../pipeline/agent.ts';
import { readConversation, turn } from './conversation.ts';
import { reachedSession } from './own-session.ts';
import { procedure, router } from './procedure.ts';
import { routedNow, routeNow } from './route-now.ts';
import { eventRow, message, page, sessionRow } from './rows.ts';
import { readFacts, sessionFacts } from './session-facts.ts';
import { recordedRoute, routeDecision, toTurnEvent, turnEvent } from './turn.ts';
import { definedOnly } from './wire.ts';

const id = z.string().min(1).max(128);
const position = z.int().nonnegative();
const tick = eventRow.pick({ position: true, time: true, type: true, severity: true, summary: true, correlationId: true });

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
    .output(
      z.object({
        session: sessionRow,
        /** Why nothing is run in it. */
        quarantine: z
          .object({ reason: z.string(), problem: z.object({ code: z.string(), message: z.string() }), since: z.number() })
          .optional(),
        /** Since when, and why, nothing of it may be erased; only for who may place holds. */
        hold: z.object({ reason: z.string(), since: z.number() }).optional(),
        turns: z.array(turn),
        next: position.optional(),
      }),
    )
    .query(async ({ ctx, input }) => {
      const { views } = ctx.parts.store;
      const { sessionId, before, limit } = input;
      const session = await reachedSession(ctx, sessionId);
      const mayHold = mayDo(ctx.caller, 'data.erase');
      const [{ turns, next, quarantine }, holds] = await Promise.all([
        readConversation(views, sessionId, before === undefined ? { limit } : { before, limit }),
        mayHold ? ctx.parts.data.holds() : [],
      ]);
      const hold = holds.find(({ kind, id: held }) => kind === 'session' && held === sessionId);
      return definedOnly({ session: listed(session, ctx.parts), quarantine, hold, turns, next });
    }),

  /** The events of a session, the newest page first, each page the newest first: what a slider steps through. */
  events: procedure
    .input(z.object({ sessionId: id, before: position.optional(), limit: z.int().min(1).max(1000) }))
    .output(page(tick))
    .query(async ({ ctx, input, signal }) => {
      const { sessionId, before, limit } = input;
      await reachedSession(ctx, sessionId);
      const { views } = ctx.parts.store;
      const stop = signal ? { signal } : {};
      return views.events({ sessionId }, { ...(before === undefined ? { limit } : { before, limit }), ...stop });
    }),

  /** What it cost, under which configurations it was routed, and what was noted about it. */
  facts: procedure
    .input(z.object({ sessionId: id }))
    .output(sessionFacts)
    .query(async ({ ctx, input, signal }) => {
      await reachedSession(ctx, input.sessionId);
      return readFacts(ctx.parts.store.views, input.sessionId, signal);
    }),

  /** Would it be routed the same now? */
  routeNow: procedure
    .input(z.object({ messageId: id }))
    .output(routedNow)
    .query(async ({ ctx, input }) => {
      const journey = await ctx.parts.store.views.message(input.messageId);
      if (!journey) throw new GatewayError('MESSAGE_NOT_FOUND', { details: { messageId: input.messageId } });
      return routeNow(ctx.parts.store, journey.position);
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
