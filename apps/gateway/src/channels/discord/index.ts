/** Discord: its gateway in, its REST API out. No address of this gateway needs to be known to Discord. */
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { type ChannelAccount, type ChannelContext, defineChannel } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { DISCORD_API, discordApi } from './api.ts';
import { createCatchUp } from './catch-up.ts';
import { fileOpener } from './files.ts';
import { createPlaces } from './places.ts';
import { probeDiscord } from './probe.ts';
import { receiveFromDiscord } from './receive.ts';
import { createSender } from './send.ts';

const config = z.object({
  botToken: z.string().min(1),
  apiRoot: z.url().default('https://discord.com/api'),
  messageContent: z.boolean().default(true),
  allowFrom: z.array(z.string()).default([]),
});
const conversation = z.looseObject({ id: z.string() });
const me = z.looseObject({ id: z.string().regex(/^\d+$/), username: z.string() });

export default defineChannel({
  id: 'discord',
  config,
  // Discord drops a repeated nonce; what is older is found again before it is sent once more.
  capabilities: { idempotency: 'native' },
  start,
  probe: probeDiscord,
});

async function start(given: ChannelContext<z.output<typeof config>>): Promise<ChannelAccount> {
  const { signal, lastConnectedAt: since } = given;
  const { botToken, apiRoot, messageContent, allowFrom: people } = given.config;
  const context = { ...given, openFile: fileOpener(apiRoot) };
  const api = discordApi(apiRoot, botToken);
  const self = me.safeParse(await api.call('GET', '/users/@me', signal)).data;
  if (!self) throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Discord does not say who the bot is.' });
  const { ended, shards, sequences } = receiveFromDiscord({
    api,
    apiRoot,
    botToken,
    messageContent,
    context,
    since,
    viewOf: (shard, ofShard) => {
      const places = createPlaces(self.id);
      // Discord tells the first shard alone of direct messages.
      return { places, catchUp: createCatchUp({ api, places, context: ofShard, people: shard === 0 ? people : [] }) };
    },
    onConnected: (count) => context.connected(count === 1 ? `@${self.username}` : `@${self.username}, ${count} shards`),
  });
  const received = ended.catch((thrown: unknown) => {
    if (signal.aborted) return;
    const error = toGatewayError(thrown);
    context.disconnected(error.code, error);
  });
  return {
    send: createSender(api, self.id),
    probe: (probing, onStep) => probeDiscord(context.config, probing, onStep, shards()),
    typing: async (to, typing) => void (await api.call('POST', `/channels/${to.id}/typing`, typing)),
    direct: async (recipient_id, asking) => {
      const opened = conversation.safeParse(await api.call('POST', '/users/@me/channels', asking, { recipient_id })).data;
      if (!opened) throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Discord does not say which conversation it opened.' });
      return { kind: 'direct', id: opened.id };
    },
    facts: () => {
      const reached = sequences();
      const position = { name: 'sequence', value: reached.join(', ') };
      return { version: DISCORD_API, ...(reached.some((sequence) => sequence > 0) && { position }) };
    },
    stop: () => received,
  };
}
