/** What a Telegram update means to the gateway. Pure. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Inbound, Peer } from '@openclaw-gateway/sdk';
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

const message = z.looseObject({
  message_id: z.int(),
  edit_date: z.int().optional(),
  from: person.optional(),
  chat: z.looseObject({ id: z.int(), type: z.string() }),
  text: z.string().optional(),
  caption: z.string().optional(),
  is_topic_message: z.boolean().optional(),
  message_thread_id: z.int().optional(),
  photo: z.array(picture).optional(),
  animation: file.optional(),
  document: file.optional(),
  voice: file.optional(),
  audio: file.optional(),
  video: file.optional(),
  video_note: file.optional(),
  sticker: file.optional(),
});

const update = z.looseObject({ update_id: z.int(), message: message.optional(), edited_message: message.optional() });
type Message = z.output<typeof message>;

/** What a person can send beside text, and expects to be seen. */
const CONTENT_KINDS = ['photo', 'location', 'contact', 'poll', 'dice'] as const;

/** The updates that are asked for. */
export const UPDATE_KINDS = ['message', 'edited_message'] as const;

/** A file that Telegram holds for a message. */
export type TelegramFile = { readonly id: string; readonly name?: string; readonly mimeType?: string; readonly size?: number };

export type UpdateReading =
  | { readonly kind: 'message'; readonly inbound: Inbound; readonly files: readonly TelegramFile[] }
  /** Nothing that anybody expects an answer to. */
  | { readonly kind: 'skip' }
  | { readonly kind: 'refuse'; readonly error: GatewayError };

/** The id of an update, by which it is confirmed; `undefined` when there is none. */
export function updateId(candidate: unknown): number | undefined {
  const id = typeof candidate === 'object' && candidate !== null && 'update_id' in candidate ? candidate.update_id : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : undefined;
}

/** Reads one update as Telegram sent it. */
export function readUpdate(candidate: unknown): UpdateReading {
  const parsed = update.safeParse(candidate);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return bad(`The update is not as documented: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { message: fresh, edited_message: edited } = parsed.data;
  const content = fresh ?? edited;
  if (!content?.from || content.from.is_bot) return { kind: 'skip' };
  const text = content.text ?? content.caption ?? '';
  const files = fresh || text.trim() !== '' ? filesOf(content) : [];
  if (text.trim() === '' && files.length === 0) {
    const kind = CONTENT_KINDS.find((candidateKind) => candidateKind in content);
    return kind && fresh ? bad(`A message that is a ${kind.replaceAll('_', ' ')} cannot be read.`) : { kind: 'skip' };
  }
  const { id, first_name: first, last_name: last, username } = content.from;
  const name = [first, last].filter(Boolean).join(' ') || username;
  return {
    kind: 'message',
    inbound: {
      externalId: externalId(content, fresh === undefined),
      sender: { id: String(id), ...(name ? { name } : {}) },
      peer: peerOf(content),
      text,
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

/** The same message is the same id, also when Telegram numbers its updates anew; each edit is a message of its own. */
function externalId({ chat, message_id: id, edit_date: editedAt }: Message, edited: boolean): string {
  return edited ? `${chat.id}:${id}:edited:${editedAt ?? 0}` : `${chat.id}:${id}`;
}

function peerOf({ chat, is_topic_message: inTopic, message_thread_id: topic }: Message): Peer {
  if (chat.type === 'private') return { kind: 'direct', id: String(chat.id) };
  if (inTopic && topic !== undefined) return { kind: 'thread', id: `${chat.id}:${topic}` };
  return { kind: 'group', id: String(chat.id) };
}

/** Where a reply to a peer goes. */
export function destination(peer: Peer): { readonly chatId: string; readonly threadId?: number } {
  const [chatId = peer.id, topic] = peer.kind === 'thread' ? peer.id.split(':') : [peer.id];
  const threadId = Number(topic);
  return topic !== undefined && Number.isSafeInteger(threadId) ? { chatId, threadId } : { chatId };
}

function bad(text: string): UpdateReading {
  return { kind: 'refuse', error: new GatewayError('CHANNEL_BAD_UPDATE', { message: text }) };
}
