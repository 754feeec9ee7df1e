/** Browsers that are told of calls that wait for a person, in the stream `push`. */
import { z } from 'zod';
import { defineAggregate, defineEvent, ERASED_TEXT, pii } from '../define.ts';
import { count, name } from './shared.ts';

export const PUSH_STREAM = 'push';

const subscriptionId = z.string().regex(/^[0-9a-f]{32}$/);

export const PushSubscribed = defineEvent('push.subscribed', {
  version: 1,
  description: 'A browser is told of calls that wait for a person from now on. One that was told already has other keys or another login.',
  schema: z.object({
    /** The beginning of the SHA-256 of the endpoint. */
    subscriptionId,
    userId: name,
    /** When the login began that it ends with, in milliseconds since 1970: the same however often its cookie changes. */
    loginBeganAt: count,
    /** Where the browser's push service takes messages for it. */
    endpoint: pii(z.string().min(1).max(2048)),
    /** The browser's public key, and the secret that it shares with the gateway (RFC 8291). */
    p256dh: pii(z.string().min(1).max(100)),
    auth: pii(z.string().min(1).max(40)),
  }),
  summary: (d) => `A browser of ${d.userId} is told of approvals`,
  retention: 'audit',
});

export const PushUnsubscribed = defineEvent('push.unsubscribed', {
  version: 1,
  description: 'A browser is not told of calls that wait any more, and why.',
  schema: z.object({ subscriptionId, userId: name, reason: z.enum(['user', 'login_ended', 'user_ended', 'gone']) }),
  summary: (d) => `A browser of ${d.userId} is not told of approvals any more: ${REASONS[d.reason]}`,
  retention: 'audit',
});

const REASONS = {
  user: 'turned off',
  login_ended: 'its login has ended',
  user_ended: 'the user may not sign in any more',
  gone: 'its push service does not know it any more',
} as const;

export type PushSubscription = ReturnType<typeof PushSubscribed.create>['data'] & { readonly since: number };
/** By id, the oldest first. */
export type PushState = { readonly subscriptions: Map<string, PushSubscription> };

export const Push = defineAggregate<PushState>({
  name: 'push',
  events: [PushSubscribed, PushUnsubscribed],
  initial: () => ({ subscriptions: new Map() }),
  evolve: (state, event) => {
    if (PushSubscribed.is(event) && event.data.endpoint !== ERASED_TEXT)
      state.subscriptions.set(event.data.subscriptionId, { ...event.data, since: event.time });
    else if (PushUnsubscribed.is(event)) state.subscriptions.delete(event.data.subscriptionId);
    return state;
  },
});
