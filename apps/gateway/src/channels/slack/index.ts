/** Slack: Socket Mode in, chat.postMessage out. No address of the gateway needs to be known to Slack. */
import { toGatewayError } from '@openclaw-gateway/events';
import { type ChannelAccount, type ChannelContext, defineChannel } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { slackApi } from './api.ts';
import { catchUp, conversationsOf } from './catch-up.ts';
import { destination, type Self } from './event.ts';
import { fileOpener } from './files.ts';
import { slackPeople } from './people.ts';
import { probeSlack } from './probe.ts';
import { receiveFromSlack } from './receive.ts';
import { createSender } from './send.ts';
import { slackThreads } from './threads.ts';

const config = z.object({
  botToken: z.string().min(1),
  appToken: z.string().min(1),
  slackApiUrl: z.url().default('https://slack.com/api/'),
});

export default defineChannel({
  id: 'slack',
  config,
  // A message that was sent is found again by the delivery's id before it is sent once more.
  capabilities: { idempotency: 'native' },
  start,
  probe: probeSlack,
});

async function start(given: ChannelContext<z.output<typeof config>>): Promise<ChannelAccount> {
  const { signal, lastConnectedAt: since } = given;
  const { botToken, appToken, slackApiUrl } = given.config;
  const api = slackApi(slackApiUrl, botToken);
  const me = await api.call('auth.test', {}, signal);
  const self: Self = {
    userId: String(me['user_id']),
    name: String(me['user']),
    ...(typeof me['bot_id'] === 'string' && { botId: me['bot_id'] }),
  };
  const context = {
    ...given,
    openFile: fileOpener(slackApiUrl, botToken),
    self,
    people: slackPeople(api, signal),
    threads: slackThreads(api, self, signal),
  };
  const missed = since === undefined ? undefined : { api, self, context, since };
  let conversations = missed ? await conversationsOf(missed) : [];
  let acknowledged: string | undefined;
  const received = receiveFromSlack({
    appApi: slackApi(slackApiUrl, appToken),
    slackApiUrl,
    self,
    context,
    onConnected: () => context.connected(`@${self.name} in ${String(me['team'])}`),
    onAcknowledged: (envelopeId) => {
      acknowledged = envelopeId;
    },
    onHello: (lanes) => {
      if (missed) catchUp(conversations, lanes, missed);
      conversations = [];
    },
  }).catch((thrown: unknown) => {
    const error = toGatewayError(thrown);
    context.disconnected(error.code, error);
  });
  return {
    send: createSender(api, slackApiUrl),
    probe: (probing, onStep) => probeSlack(context.config, probing, onStep),
    typing: async (to, typing) => {
      const { channel, threadTs } = destination(to);
      // Slack shows a status in threads only.
      if (threadTs === undefined) return;
      await api.call('assistant.threads.setStatus', { channel_id: channel, thread_ts: threadTs, status: 'is typing…' }, typing);
    },
    facts: () => (acknowledged === undefined ? {} : { position: { name: 'envelope_id', value: acknowledged } }),
    stop: () => received,
  };
}
