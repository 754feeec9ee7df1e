/** Receiving by long polling. An update is confirmed to Telegram only after the gateway has committed it. */
import { setTimeout as wait } from 'node:timers/promises';
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { ChannelContext } from '@openclaw-gateway/sdk';
import { type Api, GrammyError } from 'grammy';
import { telegramFailure } from './failure.ts';
import { apiSignal } from './signal.ts';
import { type TakeContext, takeUpdate } from './take.ts';
import { type Bot, UPDATE_KINDS, updateId } from './update.ts';

/** How long Telegram holds a request that has nothing to answer. */
export const POLL_SECONDS = 25;
const RETRY_RECEIVE_MS = 1_000;

type PollContext = TakeContext & Pick<ChannelContext<unknown>, 'connected' | 'signal'>;

/**
 * Receives until the signal aborts; calls `connected` once Telegram has answered. Throws a CHANNEL_ code when Telegram
 * does not answer as it should. `confirm.offset` is what Telegram still has to be told.
 */
export async function poll(
  api: Api,
  context: PollContext,
  bot: Bot,
  identity: string,
  confirm: { offset: number | undefined },
): Promise<void> {
  const { signal } = context;
  let isFirst = true;
  while (!signal.aborted) {
    // The first answer comes at once, so that it is known whether polling works.
    const updates = await getUpdates(api, confirm.offset, isFirst ? 0 : POLL_SECONDS, signal);
    if (isFirst) context.connected(identity);
    isFirst = false;
    if (updates.length > 0 && updates.every((update) => updateId(update) === undefined)) {
      throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Telegram sent updates without an id.' });
    }
    for (const update of inOrder(updates)) {
      await take(update, bot, context);
      if (signal.aborted) return;
      const id = updateId(update);
      if (id !== undefined) confirm.offset = Math.max(confirm.offset ?? 0, id + 1);
    }
  }
}

async function getUpdates(api: Api, offset: number | undefined, timeout: number, signal: AbortSignal): Promise<readonly unknown[]> {
  const options = { timeout, limit: 100, allowed_updates: UPDATE_KINDS, ...(offset === undefined ? {} : { offset }) };
  let updates: unknown;
  try {
    updates = await api.getUpdates(options, apiSignal(signal));
  } catch (thrown) {
    if (signal.aborted) return [];
    if (!(thrown instanceof GrammyError && thrown.error_code === 409 && /webhook/i.test(thrown.description))) throw telegramFailure(thrown);
    await removeWebhook(api, signal);
    return [];
  }
  if (Array.isArray(updates)) return updates;
  throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Telegram sent something that is not a list of updates.' });
}

/** Telegram delivers either to a webhook or to polling; this bot is configured for polling. */
async function removeWebhook(api: Api, signal: AbortSignal): Promise<void> {
  try {
    await api.deleteWebhook({ drop_pending_updates: false }, apiSignal(signal));
  } catch (thrown) {
    throw telegramFailure(thrown);
  }
}

function inOrder(updates: readonly unknown[]): readonly unknown[] {
  return updates.toSorted((a, b) => (updateId(a) ?? 0) - (updateId(b) ?? 0));
}

/** Commits one update, or records that it cannot be read. Returns only when one of them is durable, or the account stops. */
async function take(update: unknown, bot: Bot, context: PollContext): Promise<void> {
  while (!context.signal.aborted) {
    try {
      return await takeUpdate(update, bot, context);
    } catch (thrown) {
      const askedMs = toGatewayError(thrown).details?.['retryAfterMs'];
      const delayMs = typeof askedMs === 'number' ? askedMs : RETRY_RECEIVE_MS;
      await wait(delayMs, undefined, { signal: context.signal }).catch(() => {});
    }
  }
}
