/** Telegram through the Bot API: long polling or a webhook in, messages and files out. */
import { toGatewayError } from '@openclaw-gateway/events';
import { type ChannelAccount, type ChannelContext, defineChannel, type WebhookFacts } from '@openclaw-gateway/sdk';
import type { Api } from 'grammy';
import { untilDurable } from '../until-durable.ts';
import { botApi } from './api.ts';
import { config, type TelegramConfig } from './config.ts';
import { fileOpener } from './files.ts';
import { gatherAlbums } from './gather.ts';
import { POLL_SECONDS, poll } from './poll.ts';
import { probeTelegram } from './probe.ts';
import { attempt, createSender } from './send.ts';
import { apiSignal } from './signal.ts';
import { type Bot, destination, updateId } from './update.ts';
import { registerWebhook, type WebhookInfo, watchWebhook, webhookFacts, webhookReceiver } from './webhook.ts';

const CALL_SECONDS = 30;

type Context = ChannelContext<TelegramConfig>;
type Receiving = Pick<ChannelAccount, 'stop' | 'webhook' | 'facts'> & { readonly onInfo?: (info: WebhookInfo) => void };

export default defineChannel({
  id: 'telegram',
  config,
  capabilities: { idempotency: 'none' },
  start,
  probe: probeTelegram,
});

async function start(context: Context): Promise<ChannelAccount> {
  const api = botApi(context.config, CALL_SECONDS);
  const me = await attempt(() => api.getMe(apiSignal(context.signal)));
  const { onInfo, ...receiving } = await (context.config.webhookUrl === undefined ? receiveByPolling : receiveByWebhook)(api, me, context);
  return {
    ...receiving,
    send: createSender(api),
    probe: (signal, onStep) => probeTelegram(context.config, signal, onStep, onInfo),
    typing: async (to, signal) => {
      const { chatId, threadId } = destination(to);
      const other = threadId === undefined ? {} : { message_thread_id: threadId };
      await attempt(() => api.sendChatAction(chatId, 'typing', other, apiSignal(signal)));
    },
  };
}

const positionAt = (value: number) => ({ position: { name: 'update_id', value: String(value) } });
const nameOf = ({ id, username }: Bot): string => (username ? `@${username}` : String(id));

async function receiveByPolling(api: Api, me: Bot, context: Context): Promise<Receiving> {
  const polling = botApi(context.config, POLL_SECONDS + 10);
  const confirm: { offset: number | undefined } = { offset: undefined };
  const openFile = fileOpener(api, context.config);
  const polled = untilItFails(context, poll(polling, { ...context, openFile }, me, nameOf(me), confirm));
  return {
    facts: () => (confirm.offset === undefined ? {} : positionAt(confirm.offset - 1)),
    stop: async () => {
      await polled;
      // Otherwise Telegram sends the last updates once more; the log would know them, but it is noise.
      if (confirm.offset !== undefined) {
        await api.getUpdates({ offset: confirm.offset, timeout: 0, limit: 1 }, apiSignal(AbortSignal.timeout(2_000))).catch(() => {});
      }
    },
  };
}

/** The webhook stays when the account stops: Telegram keeps what it cannot bring, and brings it later. */
async function receiveByWebhook(api: Api, me: Bot, context: Context): Promise<Receiving> {
  await registerWebhook(api, context.config, context.signal);
  context.connected(nameOf(me));
  let webhook: WebhookFacts = {};
  let taken: number | undefined;
  const onInfo = (info: WebhookInfo) => {
    const { lastCallAt } = webhook;
    webhook = { ...webhookFacts(info, context.config.webhookUrl, Date.now()), ...(lastCallAt !== undefined && { lastCallAt }) };
  };
  const watched = untilItFails(context, watchWebhook(api, context.config, context, onInfo));
  const receiving = { ...context, openFile: fileOpener(api, context.config) };
  const albums = gatherAlbums(me, receiving);
  // Nothing that comes meanwhile waits for it.
  void untilDurable(undefined, albums.resume, context);
  const seen = {
    onCall: () => {
      webhook = { ...webhook, lastCallAt: Date.now() };
    },
    onTaken: (update: unknown) => {
      taken = Math.max(updateId(update) ?? 0, taken ?? 0);
    },
  };
  return {
    onInfo,
    facts: () => ({ webhook, ...(taken !== undefined && positionAt(taken)) }),
    webhook: webhookReceiver(context.config, me, receiving, albums, seen),
    stop: () => watched,
  };
}

function untilItFails({ signal, disconnected }: Context, work: Promise<void>): Promise<void> {
  return work.catch((thrown: unknown) => {
    if (signal.aborted) return;
    const error = toGatewayError(thrown);
    disconnected(error.code, error);
  });
}
