/** Albums: Telegram brings each of their pictures as an update of its own, all within a moment. */
import { z } from 'zod';
import { type Bot, readUpdate, type UpdateReading } from './update.ts';

const part = z.looseObject({ media_group_id: z.string().min(1), chat: z.looseObject({ id: z.int() }) });
const inChat = z.looseObject({ chat: z.looseObject({ id: z.int() }) });
const placed = z.looseObject({ message: inChat.optional(), channel_post: inChat.optional() });
const update = z.looseObject({ message: part.optional(), channel_post: part.optional() });

/** The album that an update is a part of: one of its chat. */
export function albumOf(candidate: unknown): string | undefined {
  const { message, channel_post: post } = update.safeParse(candidate).data ?? {};
  const found = message ?? post;
  return found && `${found.chat.id}:${found.media_group_id}`;
}

/** The chat of an update, as albums are named after. */
export function chatOf(candidate: unknown): string | undefined {
  const { message, channel_post: post } = placed.safeParse(candidate).data ?? {};
  const id = (message ?? post)?.chat.id;
  return id === undefined ? undefined : `${id}:`;
}

/** Updates in their order as what is taken together: the parts of an album stand where its last one does. */
export function together(updates: readonly unknown[]): readonly (readonly unknown[])[] {
  return updates.flatMap((candidate, index) => {
    const album = albumOf(candidate);
    if (album === undefined) return [[candidate]];
    const parts = updates.filter((other) => albumOf(other) === album);
    return updates.lastIndexOf(parts.at(-1)) === index ? [parts] : [];
  });
}

/** An album as one message: with all its files, and known by the part that has the caption. */
export function readTogether(updates: readonly unknown[], bot: Bot): UpdateReading {
  const readings = updates.map((candidate) => readUpdate(candidate, bot));
  const messages = readings.filter((reading) => reading.kind === 'message');
  const main = messages.find(({ inbound }) => inbound.text.trim() !== '') ?? messages[0];
  if (!main) return readings[0] ?? { kind: 'skip' };
  const text = messages
    .map(({ inbound }) => inbound.text)
    .filter((caption) => caption.trim() !== '')
    .join('\n\n');
  const isMentioned = messages.some(({ inbound }) => inbound.mentioned);
  return {
    kind: 'message',
    inbound: { ...main.inbound, text, ...(main.inbound.mentioned !== undefined && { mentioned: isMentioned }) },
    files: messages.flatMap(({ files }) => files),
  };
}
