/** Sending replies. A delivery that is tried again goes on after the last part that Telegram took. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ChannelAccount, Outbound } from '@openclaw-gateway/sdk';
import { type Api, GrammyError } from 'grammy';
import { type TelegramText, toTelegram } from '../text/telegram.ts';
import { telegramFailure } from './failure.ts';
import { apiSignal } from './signal.ts';
import { destination, messageIdIn } from './update.ts';

const MOST_REMEMBERED = 1_000;

type SendApi = Pick<Api, 'sendMessage'>;

type Sent = Awaited<ReturnType<SendApi['sendMessage']>>;

/** Sends replies, formatted, long ones in parts, to where the chat is now. */
export function createSender(api: SendApi): ChannelAccount['send'] {
  const unfinished = new Map<string, number>();
  /** Groups that became supergroups, and what they are called since. */
  const moved = new Map<string, string>();

  const sendPart = async (chatId: string, part: TelegramText, other: object, signal: AbortSignal): Promise<Sent> => {
    const { text, entities } = part;
    const formatted = entities.length === 0 ? other : { ...other, entities: [...entities] };
    try {
      return await api.sendMessage(moved.get(chatId) ?? chatId, text, formatted, apiSignal(signal));
    } catch (thrown) {
      if (!(thrown instanceof GrammyError)) throw telegramFailure(thrown);
      const { migrate_to_chat_id: next } = thrown.parameters;
      if (next !== undefined && moved.get(chatId) !== String(next)) {
        remember(moved, chatId, String(next));
        return await sendPart(chatId, part, other, signal);
      }
      // Better without its looks than not at all.
      const isAboutLooks = entities.length > 0 && thrown.error_code === 400 && /entit/i.test(thrown.description);
      if (isAboutLooks) return await sendPart(chatId, { text, entities: [] }, other, signal);
      throw telegramFailure(thrown);
    }
  };

  return async (outbound: Outbound, signal: AbortSignal) => {
    const { chatId, threadId } = destination(outbound.to);
    const parts = toTelegram(outbound.text).filter(({ text }) => text !== '');
    if (parts.length === 0) throw new GatewayError('CHANNEL_REFUSED', { message: 'Telegram takes no empty message.' });
    let providerMessageId = '';
    for (const [index, part] of parts.entries()) {
      if (index < (unfinished.get(outbound.deliveryId) ?? 0)) continue;
      const other = {
        ...(threadId !== undefined && { message_thread_id: threadId }),
        ...(index === 0 && quoting(outbound)),
      };
      const sent = await sendPart(chatId, part, other, signal);
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
