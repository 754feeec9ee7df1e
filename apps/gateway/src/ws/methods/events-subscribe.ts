import type { EventFilter } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { askerOf } from '../audit.ts';
import { eventText } from '../frames.ts';
import { MAX_SUBSCRIPTIONS } from '../limits.ts';
import { followLog } from '../log-feed.ts';
import { defineMethod, type MethodContext } from './method.ts';

/**
 * Follows the event log from a position, beyond what protocol 4 has: `log.events` frames with `{subscriptionId, rows,
 * position}`. Who subscribes again after the last `position` it saw misses nothing and gets nothing twice.
 */
export const eventsSubscribe = defineMethod({
  name: 'events.subscribe',
  scope: 'operator.read',
  params: z.strictObject({
    /** Positions greater than this; without it, from now on. */
    after: z.int().nonnegative().optional(),
    types: z.array(z.string().min(1).max(128)).min(1).max(100).optional(),
    sessionId: z.string().min(1).max(128).optional(),
  }),
  run: async ({ after, types, sessionId }, context) => {
    const head = context.parts.store.log.head();
    const from = after ?? head;
    if (from > head) {
      throw new GatewayError('BAD_REQUEST', { message: 'after is beyond the head of the log', details: { after: from, head } });
    }
    const { subscriptions } = context.connection;
    if (subscriptions.size >= MAX_SUBSCRIPTIONS) {
      throw new GatewayError('BAD_REQUEST', { message: `a connection has at most ${MAX_SUBSCRIPTIONS} subscriptions` });
    }
    const subscriptionId = crypto.randomUUID();
    const subscription = new AbortController();
    subscriptions.set(subscriptionId, subscription);
    const filter = { ...(types === undefined ? {} : { types }), ...(sessionId === undefined ? {} : { sessionId }) };
    // The answer goes out before the first page.
    setImmediate(() => void follow(context, subscriptionId, filter, { after: from, signal: subscription.signal }));
    return { subscriptionId, after: from, head };
  },
});

async function follow(
  { parts, connection, member }: MethodContext,
  subscriptionId: string,
  filter: EventFilter,
  options: { readonly after: number; readonly signal: AbortSignal },
): Promise<void> {
  try {
    await followLog(parts.store, filter, options, (page) =>
      connection.sendEventAndFlush(
        eventText('log.events', { subscriptionId, ...parts.audit.shown(askerOf(member), { kind: 'events' }, page) }),
      ),
    );
  } catch (error) {
    if (options.signal.aborted) return;
    parts.logger.warn({ err: error, connectionId: connection.id }, 'a log subscription ended');
    // The client connects again and goes on from its last position; a silent end would look like a quiet log.
    connection.close(1011, 'the log subscription failed');
  }
}
