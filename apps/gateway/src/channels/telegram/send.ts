/** Sending replies. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ChannelAccount, Outbound } from '@openclaw-gateway/sdk';
import { type Api, GrammyError } from 'grammy';
import { createPartSender, rememberIn } from '../parts.ts';
import { type TelegramText, toTelegram } from '../text/telegram.ts';
import { telegramFailure } from './failure.ts';
import { apiSignal } from './signal.ts';
import { destination, messageIdIn } from './update.ts';

const MOST_REMEMBERED = 1_000;

type SendApi = Pick<Api, 'sendMessage'>;

type Sent = Awaited<ReturnType<SendApi['sendMessage']>>;

/** Sends replies, formatted, long ones in parts, to where the chat is now. */
export function createSender(api: SendApi): ChannelAccount['send'] {
  const sendParts = createPartSender();
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
        rememberIn(moved, chatId, String(next), MOST_REMEMBERED);
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
    return await sendParts(outbound.deliveryId, parts, async (part, index) => {
      const other = {
        ...(threadId !== undefined && { message_thread_id: threadId }),
        ...(index === 0 && quoting(outbound)),
      };
      return String((await sendPart(chatId, part, other, signal)).message_id);
    });
  };
}

/** Where several people write it must be seen who is answered. */
function quoting({ to, replyTo }: Outbound): object {
  const messageId = to.kind === 'direct' || replyTo === undefined ? undefined : messageIdIn(replyTo);
  return messageId === undefined ? {} : { reply_parameters: { message_id: messageId, allow_sending_without_reply: true } };
}

export async function attempt<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw telegramFailure(thrown);
  }
}
