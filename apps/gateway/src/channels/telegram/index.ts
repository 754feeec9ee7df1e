/** Telegram through the Bot API: long polling in, sendMessage out. */
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { type ChannelAccount, type ChannelContext, defineChannel, type Outbound } from '@openclaw-gateway/sdk';
import type { Api } from 'grammy';
import { z } from 'zod';
import { botApi } from './api.ts';
import { telegramFailure } from './failure.ts';
import { POLL_SECONDS, poll } from './poll.ts';
import { probeTelegram } from './probe.ts';
import { apiSignal } from './signal.ts';
import { splitText } from './split.ts';
import { destination } from './update.ts';

const CALL_SECONDS = 30;
const MOST_UNFINISHED_DELIVERIES = 1_000;

const config = z.object({
  botToken: z.string().min(1),
  apiRoot: z.url().default('https://api.telegram.org'),
  groupPolicy: z.string().optional(),
  requireMention: z.boolean().optional(),
});

export default defineChannel({
  id: 'telegram',
  config,
  capabilities: { idempotency: 'none' },
  start,
  probe: probeTelegram,
});

async function start(context: ChannelContext<z.output<typeof config>>): Promise<ChannelAccount> {
  const calls = botApi(context.config, CALL_SECONDS);
  const polling = botApi(context.config, POLL_SECONDS + 10);
  const me = await attempt(() => calls.getMe(apiSignal(context.signal)));
  const confirm: { offset: number | undefined } = { offset: undefined };
  const polled = poll(polling, context, me.username ? `@${me.username}` : String(me.id), confirm).catch((thrown: unknown) => {
    if (context.signal.aborted) return;
    const error = toGatewayError(thrown);
    context.disconnected(error.code, error);
  });
  return {
    send: createSender(calls),
    probe: (signal) => probeTelegram(context.config, signal),
    stop: async () => {
      await polled;
      // Otherwise Telegram sends the last updates once more; the log would know them, but it is noise.
      if (confirm.offset !== undefined) {
        await calls.getUpdates({ offset: confirm.offset, timeout: 0, limit: 1 }, apiSignal(AbortSignal.timeout(2_000))).catch(() => {});
      }
    },
  };
}

/** Sends replies, long ones in parts. A delivery that is tried again goes on after the last part that Telegram took. */
function createSender(api: Api): ChannelAccount['send'] {
  const unfinished = new Map<string, number>();
  return async (outbound: Outbound, signal: AbortSignal) => {
    const { chatId, threadId } = destination(outbound.to);
    const parts = splitText(outbound.text);
    if (parts.length === 0) throw new GatewayError('CHANNEL_REFUSED', { message: 'Telegram takes no empty message.' });
    let providerMessageId = '';
    for (let index = unfinished.get(outbound.deliveryId) ?? 0; index < parts.length; index++) {
      const text = parts[index] ?? '';
      const other = threadId === undefined ? {} : { message_thread_id: threadId };
      const sent = await attempt(() => api.sendMessage(chatId, text, other, apiSignal(signal)));
      providerMessageId = String(sent.message_id);
      if (parts.length > 1) remember(unfinished, outbound.deliveryId, index + 1);
    }
    unfinished.delete(outbound.deliveryId);
    return providerMessageId ? { providerMessageId } : {};
  };
}

function remember(unfinished: Map<string, number>, deliveryId: string, sentParts: number): void {
  unfinished.set(deliveryId, sentParts);
  if (unfinished.size <= MOST_UNFINISHED_DELIVERIES) return;
  const [oldest] = unfinished.keys();
  if (oldest !== undefined) unfinished.delete(oldest);
}

async function attempt<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw telegramFailure(thrown);
  }
}
