/** Sending replies. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ChannelAccount, Outbound, OutboundAttachment } from '@openclaw-gateway/sdk';
import { type Api, GrammyError } from 'grammy';
import { createPartSender, rememberIn } from '../parts.ts';
import { type TelegramText, toTelegram } from '../text/telegram.ts';
import { telegramFailure } from './failure.ts';
import { sendFile } from './files.ts';
import { apiSignal } from './signal.ts';
import { destination, messageIdIn } from './update.ts';

const MOST_REMEMBERED = 1_000;

type SendApi = Pick<Api, 'sendMessage' | 'sendPhoto' | 'sendDocument'>;

type Sent = { readonly message_id: number };

type Part = TelegramText | OutboundAttachment;

/** Sends replies, formatted, long ones in parts, then their files, to where the chat is now. */
export function createSender(api: SendApi): ChannelAccount['send'] {
  const sendParts = createPartSender();
  /** Groups that became supergroups, and what they are called since. */
  const moved = new Map<string, string>();

  const sendPart = async (chatId: string, part: Part, other: object, signal: AbortSignal): Promise<Sent> => {
    const to = moved.get(chatId) ?? chatId;
    try {
      if (!('text' in part)) return await sendFile(api, to, part, other, signal);
      const { text, entities } = part;
      return await api.sendMessage(to, text, entities.length === 0 ? other : { ...other, entities: [...entities] }, apiSignal(signal));
    } catch (thrown) {
      if (!(thrown instanceof GrammyError)) throw telegramFailure(thrown);
      const { migrate_to_chat_id: next } = thrown.parameters;
      if (next !== undefined && moved.get(chatId) !== String(next)) {
        rememberIn(moved, chatId, String(next), MOST_REMEMBERED);
        return await sendPart(chatId, part, other, signal);
      }
      // Better without its looks than not at all.
      const isFormatted = 'text' in part && part.entities.length > 0;
      if (isFormatted && thrown.error_code === 400 && /entit/i.test(thrown.description))
        return await sendPart(chatId, { text: part.text, entities: [] }, other, signal);
      throw telegramFailure(thrown);
    }
  };

  return async (outbound: Outbound, signal: AbortSignal) => {
    const { chatId, threadId } = destination(outbound.to);
    const texts = toTelegram(outbound.text).filter(({ text }) => text !== '');
    const parts: Part[] = [...texts, ...(outbound.attachments ?? [])];
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
