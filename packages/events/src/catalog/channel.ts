import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { channelName, durationMs, explain, name, problem } from './shared.ts';

const account = { channel: channelName, account: name };

export const ChannelConnected = defineEvent('channel.connected', {
  version: 1,
  description: 'A channel account reached its service and can receive and send.',
  schema: z.object({ ...account, identity: name.optional() }),
  summary: (d) => `${d.channel}/${d.account} connected${d.identity ? ` as ${d.identity}` : ''}`,
  retention: 'audit',
});

export const ChannelDisconnected = defineEvent('channel.disconnected', {
  version: 1,
  description: 'A channel account lost its service or was stopped.',
  schema: z.object({ ...account, reason: name, problem: problem.optional() }),
  summary: (d) => `${d.channel}/${d.account} disconnected: ${d.problem ? explain(d.problem) : d.reason}`,
  retention: 'audit',
  severity: 'warn',
});

export const ChannelProbed = defineEvent('channel.probed', {
  version: 1,
  description: 'Someone asked whether a channel account really reaches its service.',
  schema: z.object({
    ...account,
    ok: z.boolean(),
    steps: z.array(z.object({ name, ok: z.boolean(), durationMs, detail: z.string().max(500).optional(), problem: problem.optional() })),
  }),
  summary: (d) => `${d.channel}/${d.account} probed: ${d.ok ? 'ok' : `failed at ${d.steps.find((step) => !step.ok)?.name}`}`,
  retention: 'debug',
});

export const ChannelUpdateRefused = defineEvent('channel.update_refused', {
  version: 1,
  description: 'A channel sent something that is not a message; it was recorded and skipped.',
  schema: z.object({ ...account, problem, sizeBytes: z.int().nonnegative(), updateHash: name }),
  summary: (d) => `${d.channel}/${d.account} sent something unreadable: ${explain(d.problem)}`,
  retention: 'debug',
  severity: 'warn',
});

export type ChannelState = { readonly connected: boolean; readonly since?: number; readonly problem?: z.output<typeof problem> };

export const Channel = defineAggregate<ChannelState>({
  name: 'channel',
  events: [ChannelConnected, ChannelDisconnected, ChannelProbed, ChannelUpdateRefused],
  initial: () => ({ connected: false }),
  evolve: (state, event) => {
    if (ChannelConnected.is(event)) return { connected: true, since: event.time };
    if (ChannelDisconnected.is(event)) {
      const { problem: cause } = event.data;
      return cause ? { connected: false, since: event.time, problem: cause } : { connected: false, since: event.time };
    }
    return state;
  },
});
