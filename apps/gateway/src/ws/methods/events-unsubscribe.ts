import { z } from 'zod';
import { defineMethod } from './method.ts';

/** Ends a subscription. One that ended already is no error. */
export const eventsUnsubscribe = defineMethod({
  name: 'events.unsubscribe',
  scope: 'operator.read',
  params: z.strictObject({ subscriptionId: z.string().min(1).max(64) }),
  run: async ({ subscriptionId }, { connection }) => {
    const subscription = connection.subscriptions.get(subscriptionId);
    subscription?.abort();
    connection.subscriptions.delete(subscriptionId);
    return { subscriptionId, ended: subscription !== undefined };
  },
});
