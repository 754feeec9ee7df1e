/** What a Telegram update means to the gateway. Pure. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Amendment, Inbound, Peer } from '@openclaw-gateway/sdk';
import { z } from 'zod';

const person = z.looseObject({
  id: z.int(),
  is_bot: z.boolean().optional(),
  first_name: z.string().optional(),
  last_name: z.string().optional(),
  username: z.string().optional(),
});

const file = z.looseObject({
  file_id: z.string().min(1).max(512),
  file_name: z.string().optional(),
  mime_type: z.string().optional(),
  file_size: z.int().nonnegative().optional(),
});
const picture = file.extend({ width: z.int(), height: z.int() });

const chat = z.looseObject({ id: z.int(), type: z.string(), title: z.string().optional(), username: z.string().optional() });

const entity = z.looseObject({
  type: z.string(),
  offset: z.int().nonnegative(),
  length: z.int().nonnegative(),
  user: person.optional(),
});

const message = z.looseObject({
  message_id: z.int(),
  from: person.optional(),
  sender_chat: chat.optional(),
  chat,
  text: z.string().optional(),
  caption: z.string().optional(),
  entities: z.array(entity).optional(),
  caption_entities: z.array(entity).optional(),
  photo: z.array(picture).optional(),
  animation: file.optional(),
  document: file.optional(),
  voice: file.optional(),
  audio: file.optional(),
  video: file.optional(),
  video_note: file.optional(),
  sticker: file.optional(),
  is_topic_message: z.boolean().optional(),
  is_automatic_forward: z.boolean().optional(),
  message_thread_id: z.int().optional(),
  reply_to_message: z.looseObject({ from: person.optional() }).optional(),
});

const update = z.looseObject({
  update_id: z.int(),
  message: message.optional(),
  edited_message: message.optional(),
  channel_post: message.optional(),
  edited_channel_post: message.optional(),
});
type Message = z.output<typeof message>;

/** What a person can send beside text, and expects to be seen. */
const CONTENT_KINDS = ['photo', 'location', 'contact', 'poll', 'dice', 'venue', 'story', 'game', 'checklist', 'paid_media'] as const;

/** The updates that are asked for. */
export const UPDATE_KINDS = ['message', 'edited_message', 'channel_post', 'edited_channel_post'] as const;

/** Who the account is: what messages name it by. */
export type Bot = { readonly id: number; readonly username?: string | undefined };

/** A file that Telegram holds for a message. */
export type TelegramFile = { readonly id: string; readonly name?: string; readonly mimeType?: string; readonly size?: number };

export type UpdateReading =
  | { readonly kind: 'message'; readonly inbound: Inbound; readonly files: readonly TelegramFile[] }
  | { readonly kind: 'amendment'; readonly amendment: Amendment }
  /** Nothing that anybody expects an answer to. */
  | { readonly kind: 'skip' }
  | { readonly kind: 'refuse'; readonly error: GatewayError };

/** The id of an update, by which it is confirmed; `undefined` when there is none. */
export function updateId(candidate: unknown): number | undefined {
  const id = typeof candidate === 'object' && candidate !== null && 'update_id' in candidate ? candidate.update_id : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : undefined;
}

/** Reads one update as Telegram sent it. */
export function readUpdate(candidate: unknown, bot: Bot): UpdateReading {
  const parsed = update.safeParse(candidate);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return bad(`The update is not as documented: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { message: fresh, channel_post: post, edited_message: edited, edited_channel_post: editedPost } = parsed.data;
  const created = fresh ?? post;
  const content = created ?? edited ?? editedPost;
  const sender = content && senderOf(content);
  if (!content || !sender || content.is_automatic_forward) return { kind: 'skip' };
  const text = content.text ?? content.caption ?? '';
  const files = created ? filesOf(content) : [];
  if (text.trim() === '' && files.length === 0) {
    const kind = CONTENT_KINDS.find((candidateKind) => candidateKind in content);
    return kind && created ? bad(`A message that is a ${kind.replaceAll('_', ' ')} cannot be read.`) : { kind: 'skip' };
  }
  const { peer, parent } = placeOf(content);
  const externalId = `${content.chat.id}:${content.message_id}`;
  if (!created) return { kind: 'amendment', amendment: { kind: 'edited', externalId, peer, text } };
  return {
    kind: 'message',
    inbound: {
      externalId,
      sender,
      peer,
      text,
      ...(parent !== undefined && { parent }),
      ...(peer.kind !== 'direct' && { mentioned: speaksTo(bot, content, text) }),
    },
    files,
  };
}

/** What a message brings, in the only or the largest form that Telegram has. */
function filesOf(content: Message): TelegramFile[] {
  const { photo = [], animation, voice, audio, video, video_note: note, sticker, document } = content;
  const largest = photo.toSorted((a, b) => b.width * b.height - a.width * a.height)[0];
  const found = [
    largest && { name: 'photo.jpg', mimeType: 'image/jpeg', ...named(largest) },
    voice && { name: 'voice.ogg', mimeType: 'audio/ogg', ...named(voice) },
    audio && { name: 'audio', ...named(audio) },
    video && { name: 'video.mp4', mimeType: 'video/mp4', ...named(video) },
    note && { name: 'video.mp4', mimeType: 'video/mp4', ...named(note) },
    sticker && { name: 'sticker', ...named(sticker) },
    animation && { name: 'animation.mp4', ...named(animation) },
    // An animation comes as a document, too.
    !animation && document && named(document),
  ];
  return found.filter((one) => one !== undefined && one !== false);
}

function named({ file_id: id, file_name: name, mime_type: mimeType, file_size: size }: z.output<typeof file>): TelegramFile {
  return { id, ...(name && { name }), ...(mimeType && { mimeType }), ...(size !== undefined && { size }) };
}

/** A channel speaks for itself, as an administrator who stays unnamed does for the group. Bots are not answered. */
function senderOf({ from, sender_chat: as, chat: { type } }: Message): Inbound['sender'] | undefined {
  if (as && (type === 'channel' || from?.is_bot !== false)) return { id: String(as.id), ...(as.title !== undefined && { name: as.title }) };
  if (!from || from.is_bot) return undefined;
  const { id, first_name: first, last_name: last, username } = from;
  const name = [first, last].filter(Boolean).join(' ') || username;
  return { id: String(id), ...(name ? { name } : {}) };
}

function placeOf({ chat: { id, type }, is_topic_message: inTopic, message_thread_id: topic }: Message): {
  readonly peer: Peer;
  readonly parent?: string;
} {
  if (type === 'private') return { peer: { kind: 'direct', id: String(id) } };
  if (type === 'channel') return { peer: { kind: 'channel', id: String(id) } };
  if (inTopic && topic !== undefined) return { peer: { kind: 'thread', id: `${id}:${topic}` }, parent: String(id) };
  return { peer: { kind: 'group', id: String(id) } };
}

/** It names the bot, gives it a command by name, or answers what it said. */
function speaksTo(bot: Bot, content: Message, text: string): boolean {
  if (content.reply_to_message?.from?.id === bot.id) return true;
  const name = bot.username === undefined ? undefined : `@${bot.username.toLowerCase()}`;
  return (content.entities ?? content.caption_entities ?? []).some(({ type, offset, length, user }) => {
    if (type === 'text_mention') return user?.id === bot.id;
    const marked = text.slice(offset, offset + length).toLowerCase();
    if (type === 'mention') return marked === name;
    return type === 'bot_command' && name !== undefined && marked.endsWith(name);
  });
}

/** Where a reply to a peer goes. */
export function destination(peer: Peer): { readonly chatId: string; readonly threadId?: number } {
  const [chatId = peer.id, topic] = peer.kind === 'thread' ? peer.id.split(':') : [peer.id];
  const threadId = Number(topic);
  return topic !== undefined && Number.isSafeInteger(threadId) ? { chatId, threadId } : { chatId };
}

/** Telegram's number of the message in its chat. */
export function messageIdIn(externalId: string): number | undefined {
  const id = Number(externalId.split(':')[1]);
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

function bad(text: string): UpdateReading {
  return { kind: 'refuse', error: new GatewayError('CHANNEL_BAD_UPDATE', { message: text }) };
}
