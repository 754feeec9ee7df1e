import { z } from 'zod';
import { defineAggregate, defineEvent, pii } from '../define.ts';
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

export const ChannelConnecting = defineEvent('channel.connecting', {
  version: 1,
  description: 'A channel account begins to connect. Further attempts after a failure are not recorded one by one.',
  schema: z.object(account),
  summary: (d) => `${d.channel}/${d.account} connects`,
  retention: 'debug',
});

export const ChannelDegraded = defineEvent('channel.degraded', {
  version: 1,
  description: 'A channel account is connected, but brought nothing for longer than usual, and a probe found something wrong.',
  schema: z.object({ ...account, problem }),
  summary: (d) => `${d.channel}/${d.account} works badly: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'warn',
});

export const ChannelPaused = defineEvent('channel.paused', {
  version: 1,
  description: 'A channel account takes and sends nothing until it is resumed, also after a restart: an operator asked, or it is drained.',
  schema: z.object({ ...account, reason: z.enum(['asked', 'drained']) }),
  summary: (d) => `${d.channel}/${d.account} paused${d.reason === 'drained' ? ' after everything under way was answered' : ''}`,
  retention: 'audit',
  severity: 'warn',
});

export const ChannelDraining = defineEvent('channel.draining', {
  version: 1,
  description: 'A channel account takes nothing new; it is paused once what it took is answered.',
  schema: z.object(account),
  summary: (d) => `${d.channel}/${d.account} takes nothing new`,
  retention: 'audit',
  severity: 'warn',
});

export const ChannelResumed = defineEvent('channel.resumed', {
  version: 1,
  description: 'A channel account that was paused or drained takes messages again.',
  schema: z.object(account),
  summary: (d) => `${d.channel}/${d.account} resumed`,
  retention: 'audit',
});

export const ChannelTokenTaken = defineEvent('channel.token_taken', {
  version: 1,
  description:
    'The service of a channel account took a token that the account had not used before. `tokenId` is made from it by a keyed hash: it is the same for the same token, and the token cannot be found by it.',
  schema: z.object({ ...account, tokenId: name }),
  summary: (d) => `${d.channel}/${d.account} works with a new token`,
  retention: 'audit',
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

export const ChannelPartKept = defineEvent('channel.part_kept', {
  version: 1,
  description:
    'A channel brought a part of a message that comes in several. It is kept until the others are there, and received with them.',
  schema: z.object({ ...account, update: pii(z.string().max(65_536)) }),
  summary: (d) => `${d.channel}/${d.account} brought a part of a message`,
  retention: 'content',
});

export type ChannelHold = 'paused' | 'draining';
/** `since` in milliseconds since 1970. */
export type ChannelToken = { readonly tokenId: string; readonly since: number };
/** By `channel/account`. */
export type ChannelControlState = { version: number; readonly holds: Map<string, ChannelHold>; readonly tokens: Map<string, ChannelToken> };

/** What operators said about accounts, and since when each has its token: the fold of the stream `channels`. */
export const ChannelControl = defineAggregate<ChannelControlState>({
  name: 'channel',
  events: [ChannelPaused, ChannelDraining, ChannelResumed, ChannelTokenTaken],
  initial: () => ({ version: 0, holds: new Map(), tokens: new Map() }),
  evolve: (state, event) => {
    state.version = event.version;
    if (ChannelPaused.is(event)) state.holds.set(`${event.data.channel}/${event.data.account}`, 'paused');
    else if (ChannelDraining.is(event)) state.holds.set(`${event.data.channel}/${event.data.account}`, 'draining');
    else if (ChannelResumed.is(event)) state.holds.delete(`${event.data.channel}/${event.data.account}`);
    else if (ChannelTokenTaken.is(event)) {
      const { channel, account: which, tokenId } = event.data;
      state.tokens.set(`${channel}/${which}`, { tokenId, since: event.time });
    }
    return state;
  },
});

export type ChannelState = { readonly connected: boolean; readonly since?: number; readonly problem?: z.output<typeof problem> };

export const Channel = defineAggregate<ChannelState>({
  name: 'channel',
  events: [
    ChannelConnecting,
    ChannelConnected,
    ChannelDegraded,
    ChannelDisconnected,
    ChannelProbed,
    ChannelUpdateRefused,
    ChannelPartKept,
    ChannelPaused,
    ChannelDraining,
    ChannelResumed,
    ChannelTokenTaken,
  ],
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
