import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { explain, name, problem } from './shared.ts';

/** How others reach the gateway. `serve`: the machines of the tailnet. `funnel`: the internet, too. */
const via = z.enum(['tailscale_serve', 'tailscale_funnel']);
const url = z.string().min(1).max(512);

export const RemoteRequested = defineEvent('remote.requested', {
  version: 1,
  description: 'The gateway is about to be published for other machines, as the configuration says.',
  schema: z.object({
    via,
    hostname: name,
    target: url,
    /** Whether visitors must sign in before they are told anything; only for the Funnel. */
    auth: z.enum(['password', 'none']).optional(),
  }),
  summary: (d) => `To be published by ${words(d.via)} as ${d.hostname}${d.auth === 'none' ? ', visitors need not sign in' : ''}`,
  retention: 'audit',
});

export const RemoteExposed = defineEvent('remote.exposed', {
  version: 1,
  description: 'Other machines can reach the gateway at this address from now on.',
  schema: z.object({ via, url }),
  summary: (d) => `Published by ${words(d.via)} at ${d.url}`,
  retention: 'audit',
  severity: 'warn',
});

export const RemoteUnexposed = defineEvent('remote.unexposed', {
  version: 1,
  description: 'Other machines can no longer reach the gateway at this address.',
  schema: z.object({ via, url, reason: name }),
  summary: (d) => `No longer published at ${d.url}: ${d.reason}`,
  retention: 'audit',
});

export const RemoteFailed = defineEvent('remote.failed', {
  version: 1,
  description:
    'The gateway could not be published, or no longer be withdrawn. It goes on without; the same failure again is not recorded again.',
  schema: z.object({ via, problem }),
  summary: (d) => `Not published by ${words(d.via)}: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'warn',
});

export type RemoteState = { readonly exposedAt?: string };

export const Remote = defineAggregate<RemoteState>({
  name: 'remote',
  events: [RemoteRequested, RemoteExposed, RemoteUnexposed, RemoteFailed],
  initial: () => ({}),
  evolve: (state, event) => {
    if (RemoteExposed.is(event)) return { exposedAt: event.data.url };
    if (RemoteUnexposed.is(event)) return {};
    return state;
  },
});

function words(via: 'tailscale_serve' | 'tailscale_funnel'): string {
  return via === 'tailscale_serve' ? 'Tailscale' : 'Tailscale Funnel';
}
