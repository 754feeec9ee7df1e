/** Telegram through the Bot API: long polling in, messages and files out. */
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { type ChannelAccount, type ChannelContext, defineChannel, type Outbound, type ProbeStep } from '@openclaw-gateway/sdk';
import { Api } from 'grammy';
import { z } from 'zod';
import { egress } from '../../operations/egress/index.ts';
import { telegramFailure } from './failure.ts';
import { fileOpener, sendFile } from './files.ts';
import { POLL_SECONDS, poll } from './poll.ts';
import { apiSignal } from './signal.ts';
import { splitText } from './split.ts';
import { destination } from './update.ts';

const CALL_SECONDS = 30;
const MOST_UNFINISHED_DELIVERIES = 1_000;

const config = z.object({ botToken: z.string().min(1), apiRoot: z.url().default('https://api.telegram.org') });

export default defineChannel({
  id: 'telegram',
  config,
  capabilities: { idempotency: 'none' },
  start,
});

async function start(context: ChannelContext<z.output<typeof config>>): Promise<ChannelAccount> {
  const { botToken } = context.config;
  const apiRoot = context.config.apiRoot.replace(/\/+$/, '');
  const { agent } = egress.to(apiRoot);
  // The token is in the path: a redirect would take it along.
  const baseFetchConfig = { agent: ({ protocol }: URL) => agent(protocol), compress: true, redirect: 'error' };
  const calls = new Api(botToken, { apiRoot, baseFetchConfig, timeoutSeconds: CALL_SECONDS });
  const polling = new Api(botToken, { apiRoot, baseFetchConfig, timeoutSeconds: POLL_SECONDS + 10 });
  const me = await attempt(() => calls.getMe(apiSignal(context.signal)));
  const confirm: { offset: number | undefined } = { offset: undefined };
  const openFile = fileOpener(calls, context.config);
  const polled = poll(polling, { ...context, openFile }, me.username ? `@${me.username}` : String(me.id), confirm).catch(
    (thrown: unknown) => {
      if (context.signal.aborted) return;
      const error = toGatewayError(thrown);
      context.disconnected(error.code, error);
    },
  );
  return {
    send: createSender(calls),
    probe: (signal) => probe(calls, signal),
    stop: async () => {
      await polled;
      // Otherwise Telegram sends the last updates once more; the log would know them, but it is noise.
      if (confirm.offset !== undefined) {
        await calls.getUpdates({ offset: confirm.offset, timeout: 0, limit: 1 }, apiSignal(AbortSignal.timeout(2_000))).catch(() => {});
      }
    },
  };
}

/** Sends replies, long ones in parts, then their files. A delivery that is tried again goes on after the last part that Telegram took. */
function createSender(api: Api): ChannelAccount['send'] {
  const unfinished = new Map<string, number>();
  return async (outbound: Outbound, signal: AbortSignal) => {
    const { chatId, threadId } = destination(outbound.to);
    const parts = [...splitText(outbound.text), ...(outbound.attachments ?? [])];
    if (parts.length === 0) throw new GatewayError('CHANNEL_REFUSED', { message: 'Telegram takes no empty message.' });
    let providerMessageId = '';
    for (let index = unfinished.get(outbound.deliveryId) ?? 0; index < parts.length; index++) {
      const part = parts[index] ?? '';
      const other = threadId === undefined ? {} : { message_thread_id: threadId };
      const sent = await attempt(() =>
        typeof part === 'string' ? api.sendMessage(chatId, part, other, apiSignal(signal)) : sendFile(api, chatId, part, other, signal),
      );
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

async function probe(api: Api, signal: AbortSignal): Promise<ProbeStep[]> {
  const steps: ProbeStep[] = [];
  const calls = { getMe: () => api.getMe(apiSignal(signal)), getWebhookInfo: () => api.getWebhookInfo(apiSignal(signal)) };
  for (const [name, call] of Object.entries(calls)) {
    const startedAt = performance.now();
    try {
      await call();
      steps.push({ name, ok: true, durationMs: performance.now() - startedAt });
    } catch (thrown) {
      steps.push({ name, ok: false, durationMs: performance.now() - startedAt, error: telegramFailure(thrown) });
      break;
    }
  }
  return steps;
}

async function attempt<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw telegramFailure(thrown);
  }
}
