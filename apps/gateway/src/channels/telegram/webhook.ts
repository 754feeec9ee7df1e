/** Receiving by webhook: Telegram calls `/webhooks/telegram/<account>` and is answered once an update is durable. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { GatewayError } from '@openclaw-gateway/events';
import type { ChannelAnswer, ChannelCall, ChannelContext, WebhookFacts } from '@openclaw-gateway/sdk';
import type { Api } from 'grammy';
import { type TelegramConfig, webhookSecret } from './config.ts';
import type { Albums } from './gather.ts';
import { attempt } from './send.ts';
import { apiSignal } from './signal.ts';
import { type TakeContext, takeUpdates } from './take.ts';
import { type Bot, UPDATE_KINDS } from './update.ts';

export type WebhookInfo = Awaited<ReturnType<Api['getWebhookInfo']>>;

const WATCH_MS = 60_000;

/** Tells Telegram where to bring updates. One at a time, because several would overtake each other. */
export async function registerWebhook(api: Api, config: TelegramConfig, signal: AbortSignal): Promise<void> {
  const { webhookUrl = '' } = config;
  const options = { secret_token: webhookSecret(config), allowed_updates: UPDATE_KINDS, max_connections: 1 };
  await attempt(() => api.setWebhook(webhookUrl, options, apiSignal(signal)));
}

/** Looks every minute whether Telegram still brings updates here, until the signal aborts. Throws a CHANNEL_ code when it does not. */
export async function watchWebhook(
  api: Api,
  config: TelegramConfig,
  { signal }: Pick<ChannelContext<unknown>, 'signal'>,
  onInfo: (info: WebhookInfo) => void,
): Promise<void> {
  while (!signal.aborted) {
    const info = await attempt(() => api.getWebhookInfo(apiSignal(signal)));
    onInfo(info);
    if (info.url !== config.webhookUrl) throw sentElsewhere(info.url ?? '');
    await wait(WATCH_MS, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** What Telegram says of its calls. The address of another program may have a secret in its path. */
export function webhookFacts(info: WebhookInfo, webhookUrl: string | undefined, askedAt: number): WebhookFacts {
  const { url = '', pending_update_count: pending, last_error_message: lastError, last_error_date: failedAt } = info;
  const address = url === webhookUrl || !URL.canParse(url) ? url : new URL(url).host;
  return {
    askedAt,
    pending,
    ...(address !== '' && { address }),
    ...(lastError !== undefined && { lastError }),
    ...(failedAt !== undefined && { lastErrorAt: failedAt * 1000 }),
  };
}

export function sentElsewhere(url: string): GatewayError {
  const where = URL.canParse(url) ? `to a webhook at ${new URL(url).host}` : 'to nobody';
  return new GatewayError('CHANNEL_WEBHOOK_MISSING', {
    message: `Telegram sends the messages of this bot ${where}, not to the webhookUrl of this account.`,
    details: { webhookHost: URL.canParse(url) ? new URL(url).host : '' },
  });
}

/** Answers Telegram's calls. Throws SIGNATURE_* for calls that are not Telegram's, and what is worth trying again. */
export function webhookReceiver(
  config: TelegramConfig,
  bot: Bot,
  context: TakeContext & Pick<ChannelContext<unknown>, 'signal'>,
  albums: Albums,
  seen: { readonly onCall: () => void; readonly onTaken: (update: unknown) => void },
) {
  const expected = digest(webhookSecret(config));
  return async ({ method, headers, rawBody }: ChannelCall): Promise<ChannelAnswer> => {
    if (context.signal.aborted) throw new GatewayError('CHANNEL_UNAVAILABLE');
    if (method !== 'POST') return { status: 405 };
    const given = headers['x-telegram-bot-api-secret-token'];
    if (typeof given !== 'string')
      throw new GatewayError('SIGNATURE_MISSING', { message: 'The call has no X-Telegram-Bot-Api-Secret-Token.' });
    if (!timingSafeEqual(digest(given), expected))
      throw new GatewayError('SIGNATURE_INVALID', { message: 'X-Telegram-Bot-Api-Secret-Token is not that of this account.' });
    seen.onCall();
    const update = parse(rawBody);
    if (update === undefined) {
      await context.refuse(
        Buffer.from(rawBody).toString('utf8'),
        new GatewayError('CHANNEL_BAD_UPDATE', { message: 'The update is not JSON.' }),
      );
    } else if (!(await albums.take(update))) {
      await albums.finishBefore(update);
      await takeUpdates([update], bot, context);
    }
    seen.onTaken(update);
    return { status: 200 };
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
