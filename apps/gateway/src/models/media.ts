/**
 * What a model is shown of the files of a conversation: pictures as pictures, texts as text, the newest first for as long as there is
 * room; of all others the name. Only a request says which files there are; their bytes are read when it is made.
 */
import type { LanguageModelV4FilePart, LanguageModelV4TextPart } from '@ai-sdk/provider';
import type { ModelAttachment, ModelRequest, ReadAttachment } from '@openclaw-gateway/sdk';
import { isShownText, MOST_TEXT_BYTES } from '../attachments/shown.ts';
import { readText } from '../attachments/sniff.ts';

export type MediaPart = LanguageModelV4FilePart | LanguageModelV4TextPart;
/** What stands before the text of a message, by the message's place in the request. */
export type Media = ReadonlyMap<number, readonly MediaPart[]>;

export type MediaLimits = {
  readonly pictures: ReadonlySet<string>;
  readonly mostPictures: number;
  readonly mostPictureBytes: number;
  /** Of all pictures of a request. */
  readonly mostBytes: number;
};

const MiB = 1024 * 1024;
const PICTURES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const MOST_TEXTS_BYTES = 256 * 1024;

/** Five megabytes of base64 a picture; with more than twenty they may have fewer pixels. */
export const ANTHROPIC_MEDIA: MediaLimits = { pictures: PICTURES, mostPictures: 20, mostPictureBytes: 3.75 * MiB, mostBytes: 16 * MiB };
export const OPENAI_MEDIA: MediaLimits = { pictures: PICTURES, mostPictures: 20, mostPictureBytes: 16 * MiB, mostBytes: 16 * MiB };

export const NO_MEDIA: Media = new Map();

/** Reads what belongs into a request. A file that is gone is named, so a request can always be made. */
export async function mediaOf({ messages }: ModelRequest, limits: MediaLimits, read: ReadAttachment | undefined): Promise<Media> {
  const media = new Map<number, MediaPart[]>();
  const room = { pictures: limits.mostPictures, bytes: limits.mostBytes, text: MOST_TEXTS_BYTES };
  // The newest are what the question is about.
  for (let at = messages.length - 1; at >= 0; at--) {
    const message = messages[at];
    if (!message || message.role === 'assistant' || !message.attachments) continue;
    const parts: MediaPart[] = [];
    for (const attachment of message.attachments) parts.push(await partOf(attachment, limits, room, read));
    media.set(at, parts);
  }
  return media;
}

type Room = { pictures: number; bytes: number; text: number };

async function partOf(attachment: ModelAttachment, limits: MediaLimits, room: Room, read: ReadAttachment | undefined): Promise<MediaPart> {
  const { mimeType, size, hash } = attachment;
  if (hash === undefined) return named(attachment, 'it could not be had');
  const isPicture = limits.pictures.has(mimeType);
  if (!isPicture && !isShownText(mimeType)) return named(attachment);
  if (isPicture && (size > limits.mostPictureBytes || size > room.bytes || room.pictures === 0))
    return named(attachment, 'too large to be shown');
  if (!isPicture && room.text === 0) return named(attachment, 'not shown');
  const bytes = await read?.(attachment).catch(() => undefined);
  if (!bytes) return named(attachment, 'its content is not here any more');
  if (isPicture) {
    room.pictures -= 1;
    room.bytes -= size;
    return { type: 'file', mediaType: mimeType, data: { type: 'data', data: bytes } };
  }
  const shown = bytes.subarray(0, Math.min(MOST_TEXT_BYTES, room.text));
  const text = readText(shown);
  if (text === undefined) return named(attachment);
  room.text -= shown.length;
  const rest = shown.length < bytes.length ? `\n[the first ${shown.length} of ${bytes.length} bytes]` : '';
  return { type: 'text', text: `${label(attachment)}\n${text}${rest}\n[end of the file]` };
}

function named(attachment: ModelAttachment, why?: string): LanguageModelV4TextPart {
  return { type: 'text', text: label(attachment, why) };
}

/** The name is the sender's, so it stands in quotes. */
function label({ name, mimeType, size }: ModelAttachment, why?: string): string {
  return `[file ${JSON.stringify(name)}, ${mimeType}, ${size} bytes${why === undefined ? '' : `: ${why}`}]`;
}
