/** Sending replies. A delivery that is tried again goes on after the last part that Telegram took. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ChannelAccount, Outbound } from '@openclaw-gateway/sdk';
import { type Api, GrammyError } from 'grammy';
import { telegramFailure } from './failure.ts';
import { apiSignal } from './signal.ts';
import { splitText } from './split.ts';
import { destination, messageIdIn } from './update.ts';

const MOST_REMEMBERED = 1_000;

type SendApi = Pick<Api, 'sendMessage'>;

/** Sends replies, long ones in parts, to where the chat is now. */
export function createSender(api: SendApi): ChannelAccount['send'] {
  const unfinished = new Map<string, number>();
  /** Groups that became supergroups, and what they are called since. */
  const moved = new Map<string, string>();

  const sendPart = async (chatId: string, text: string, other: object, signal: AbortSignal) => {
    try {
      return await api.sendMessage(moved.get(chatId) ?? chatId, text, other, apiSignal(signal));
    } catch (thrown) {
      const next = thrown instanceof GrammyError ? thrown.parameters.migrate_to_chat_id : undefined;
      if (next === undefined || moved.get(chatId) === String(next)) throw telegramFailure(thrown);
      remember(moved, chatId, String(next));
      return await attempt(() => api.sendMessage(next, text, other, apiSignal(signal)));
    }
  };

  return async (outbound: Outbound, signal: AbortSignal) => {
    const { chatId, threadId } = destination(outbound.to);
    const parts = splitText(outbound.text);
    if (parts.length === 0) throw new GatewayError('CHANNEL_REFUSED', { message: 'Telegram takes no empty message.' });
    let providerMessageId = '';
    for (let index = unfinished.get(outbound.deliveryId) ?? 0; index < parts.length; index++) {
      const other = {
        ...(threadId !== undefined && { message_thread_id: threadId }),
        ...(index === 0 && quoting(outbound)),
      };
      const sent = await sendPart(chatId, parts[index] ?? '', other, signal);
      providerMessageId = String(sent.message_id);
      if (parts.length > 1) remember(unfinished, outbound.deliveryId, index + 1);
    }
    unfinished.delete(outbound.deliveryId);
    return providerMessageId ? { providerMessageId } : {};
  };
}

/** Where several people write it must be seen who is answered. */
function quoting({ to, replyTo }: Outbound): object {
  const messageId = to.kind === 'direct' || replyTo === undefined ? undefined : messageIdIn(replyTo);
  return messageId === undefined ? {} : { reply_parameters: { message_id: messageId, allow_sending_without_reply: true } };
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  if (map.size <= MOST_REMEMBERED) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

export async function attempt<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw telegramFailure(thrown);
  }
}
