/** What was done to the machine's firewall by hand: it is done by a command beside the gateway, which says so here. */
import { NetworkFirewallApplied, NetworkFirewallRemoved } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { parse } from '../validate.ts';

const NAMES = '"iptables" or "nftables"';
const firewall = z.enum(['iptables', 'nftables'], { error: NAMES });
const appliedBody = z.object(
  {
    firewall,
    rules: z.int({ error: 'a whole number' }).nonnegative(),
    rulesHash: z.string({ error: '32 hexadecimal digits' }).regex(/^[0-9a-f]{32}$/, { error: '32 hexadecimal digits' }),
  },
  { error: 'an object' },
);
const removedBody = z.object(
  {
    firewalls: z
      .array(firewall, { error: `a list of ${NAMES}` })
      .min(1)
      .max(2),
  },
  { error: 'an object' },
);

export function firewallRoutes(app: FastifyInstance, { store }: Parts): void {
  app.post('/api/firewall/applied', async (request) => {
    const event = NetworkFirewallApplied.create(parse(appliedBody, request.body));
    await store.log.append({ events: [{ streamId: 'network', event, metadata: { actor: callerOf(request).actor } }] });
    return {};
  });

  app.post('/api/firewall/removed', async (request) => {
    const metadata = { actor: callerOf(request).actor };
    const reason = 'openclaw gateway firewall remove';
    const events = parse(removedBody, request.body).firewalls.map((name) => NetworkFirewallRemoved.create({ firewall: name, reason }));
    await store.log.append({ events: events.map((event) => ({ streamId: 'network', event, metadata })) });
    return {};
  });
}
