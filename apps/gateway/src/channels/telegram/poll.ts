/** Receiving by long polling. An update is confirmed to Telegram only after the gateway has committed it. */
import { setTimeout as wait } from 'node:timers/promises';
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { ChannelContext } from '@openclaw-gateway/sdk';
import { type Api, GrammyError } from 'grammy';
import { albumOf, together } from './album.ts';
import { telegramFailure } from './failure.ts';
import { ALBUM_GAP_MS } from './gather.ts';
import { apiSignal } from './signal.ts';
import { type TakeContext, takeUpdates } from './take.ts';
import { type Bot, UPDATE_KINDS, updateId } from './update.ts';

/** How long Telegram holds a request that has nothing to answer. */
export const POLL_SECONDS = 25;
const RETRY_RECEIVE_MS = 1_000;
const MOST_UPDATES = 100;
const MOST_LOOKS = 4;

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
    const updates = await withWholeAlbums(
      await getUpdates(api, confirm.offset, isFirst ? 0 : POLL_SECONDS, signal),
      () => getUpdates(api, confirm.offset, 0, signal),
      signal,
    );
    if (isFirst) context.connected(identity);
    isFirst = false;
    if (updates.length > 0 && updates.every((update) => updateId(update) === undefined)) {
      throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Telegram sent updates without an id.' });
    }
    const ordered = inOrder(updates);
    const end = (updateId(ordered.at(-1)) ?? 0) + 1;
    const left = new Set(ordered);
    for (const some of together(ordered)) {
      await take(some, bot, context);
      if (signal.aborted) return;
      for (const update of some) left.delete(update);
      const [next] = left;
      const reached = left.size === 0 ? end : updateId(next);
      if (reached !== undefined) confirm.offset = Math.max(confirm.offset ?? 0, reached);
    }
  }
}

/** While an album may go on, Telegram is asked again for the same updates, which confirms none of them. */
async function withWholeAlbums(
  found: readonly unknown[],
  again: () => Promise<readonly unknown[]>,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  let updates = found;
  for (let looks = 0; looks < MOST_LOOKS && updates.length < MOST_UPDATES && updates.some(albumOf); looks++) {
    await wait(ALBUM_GAP_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return [];
    const now = await again();
    if (now.length <= updates.length) break;
    updates = now;
  }
  return updates.length < MOST_UPDATES ? updates : withoutLastAlbum(inOrder(updates));
}

/** What is brought at most at once may end within an album, which then comes whole with the next. */
function withoutLastAlbum(updates: readonly unknown[]): readonly unknown[] {
  const album = albumOf(updates.at(-1));
  const others = updates.slice(0, album === undefined ? undefined : updates.findIndex((update) => albumOf(update) === album));
  return others.length > 0 ? others : updates;
}

async function getUpdates(api: Api, offset: number | undefined, timeout: number, signal: AbortSignal): Promise<readonly unknown[]> {
  const options = { timeout, limit: MOST_UPDATES, allowed_updates: UPDATE_KINDS, ...(offset === undefined ? {} : { offset }) };
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

/** Commits updates that belong together, or records that they cannot be read. Returns only when one of them is durable, or the account stops. */
async function take(updates: readonly unknown[], bot: Bot, context: PollContext): Promise<void> {
  while (!context.signal.aborted) {
    try {
      return await takeUpdates(updates, bot, context);
    } catch (thrown) {
      const askedMs = toGatewayError(thrown).details?.['retryAfterMs'];
      const delayMs = typeof askedMs === 'number' ? askedMs : RETRY_RECEIVE_MS;
      await wait(delayMs, undefined, { signal: context.signal }).catch(() => {});
    }
  }
}
