import { z } from 'zod';
import { defineAggregate, defineEvent, pii } from '../define.ts';
import { count, explain, hash, name, problem } from './shared.ts';

const address = pii(z.string().min(1).max(64));
const firewall = z.enum(['iptables', 'nftables']);

export const NetworkInboundRefused = defineEvent('network.inbound_refused', {
  version: 1,
  description: 'Somebody connected from a network that may not. What comes from one address is folded into one event per 10 s.',
  schema: z.object({
    /** `socket`: before anything was read. `proxy`: a trusted proxy said who it is. */
    at: z.enum(['socket', 'proxy']),
    client: z.object({ address }).optional(),
    times: count,
    problem,
  }),
  summary: (d) => `Connection refused: ${explain(d.problem)}${d.times > 1 ? ` (${d.times} times)` : ''}`,
  retention: 'audit',
  severity: 'warn',
});

export const NetworkOutboundRefused = defineEvent('network.outbound_refused', {
  version: 1,
  description: 'The gateway was to connect to an address that it may not. The same destination is folded into one event per 10 s.',
  schema: z.object({
    /** A host and a port. */
    destination: pii(z.string().min(1).max(300)),
    address: pii(z.string().min(1).max(300)),
    /** Who wrote the destination: the configuration, or a message, a model, a tool or a redirect. */
    namedBy: z.enum(['operator', 'content']),
    rule: name,
    times: count,
  }),
  summary: (d) => `Not connected to ${d.destination.slice(0, 100)}: ${d.rule}${d.times > 1 ? ` (${d.times} times)` : ''}`,
  retention: 'audit',
  severity: 'warn',
});

export const NetworkFirewallApplied = defineEvent('network.firewall_applied', {
  version: 1,
  description: "The rules of the configuration are in force in the machine's firewall.",
  schema: z.object({ firewall, rules: count, rulesHash: hash }),
  summary: (d) => `${d.rules} rules put into ${d.firewall}`,
  retention: 'audit',
});

export const NetworkFirewallRemoved = defineEvent('network.firewall_removed', {
  version: 1,
  description: "The gateway's rules were taken out of the machine's firewall.",
  schema: z.object({ firewall, reason: name }),
  summary: (d) => `Rules taken out of ${d.firewall}: ${d.reason}`,
  retention: 'audit',
  severity: 'warn',
});

export const NetworkFirewallFailed = defineEvent('network.firewall_failed', {
  version: 1,
  description: "The machine's firewall does not have the rules of the configuration. The gateway goes on without.",
  schema: z.object({ firewall, problem }),
  summary: (d) => `Rules not put into ${d.firewall}: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'warn',
});

export type NetworkState = { readonly firewall?: 'iptables' | 'nftables' };

export const Network = defineAggregate<NetworkState>({
  name: 'network',
  events: [NetworkInboundRefused, NetworkOutboundRefused, NetworkFirewallApplied, NetworkFirewallRemoved, NetworkFirewallFailed],
  initial: () => ({}),
  evolve: (state, event) => {
    if (NetworkFirewallApplied.is(event)) return { firewall: event.data.firewall };
    if (NetworkFirewallRemoved.is(event)) return {};
    return state;
  },
});
