/**
 * Sending replies. Discord itself drops a message whose nonce it has seen in the last minutes; beyond that a reply that may have
 * arrived is looked for among the bot's own messages before it is sent again.
 */
import { createHash } from 'node:crypto';
import { GatewayError, idToBytes, isId, toGatewayError } from '@openclaw-gateway/events';
import type { ChannelAccount, Outbound, OutboundAttachment } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { toDiscord } from '../text/discord.ts';
import type { DiscordApi } from './api.ts';
import { formOf, MOST_FILES } from './files.ts';
import { snowflakeAt, sortable } from './snowflake.ts';

/** A link that a model wrote is not fetched for a preview. */
const SUPPRESS_EMBEDS = 1 << 2;
const MOST_NONCE_LENGTH = 25;
const MOST_KNOWN = 1_000;
const PAGE_SIZE = 100;
const MOST_PAGES = 20;
const CLOCK_SKEW_MS = 60_000;
const DAY_MS = 24 * 3600 * 1000;

const sentMessage = z.looseObject({ id: z.string() });
const ownMessages = z.array(
  z.looseObject({
    id: z.string(),
    content: z.string(),
    author: z.looseObject({ id: z.string() }),
    attachments: z.array(z.looseObject({ size: z.number().optional() })).optional(),
    message_reference: z.looseObject({ message_id: z.string().optional() }).nullish(),
  }),
);
type OwnMessage = z.output<typeof ownMessages>[number];

type Part = { readonly content: string; readonly files: readonly OutboundAttachment[] };

/** What is known of a delivery that has begun: the ids of the parts that Discord took. */
type Progress = { readonly sent: string[]; uncertain: boolean };

export function createSender(api: DiscordApi, selfId: string): ChannelAccount['send'] {
  const known = new Map<string, Progress>();
  /** Messages that are known to be of a delivery, and so of no other. */
  const taken = new Map<string, string>();

  return async (outbound: Outbound, signal: AbortSignal) => {
    const { deliveryId, to, replyTo } = outbound;
    const parts = partsOf(outbound);
    if (parts.length === 0) throw new GatewayError('CHANNEL_REFUSED', { message: 'Discord takes no empty message.' });
    const progress = await progressOf(outbound, parts, signal);
    for (let part = progress.sent.length; part < parts.length; part++) {
      const reference = part === 0 && replyTo && /^\d+$/.test(replyTo) ? { message_id: replyTo, fail_if_not_exists: false } : undefined;
      const body = {
        content: parts[part]?.content,
        nonce: nonceOf(deliveryId, part),
        enforce_nonce: true,
        allowed_mentions: { parse: [], replied_user: true },
        flags: SUPPRESS_EMBEDS,
        ...(reference && { message_reference: reference }),
      };
      const files = parts[part]?.files ?? [];
      const form = files.length > 0 ? await formOf(body, files) : undefined;
      const answer = await api.call('POST', `/channels/${to.id}/messages`, signal, body, form).catch((thrown: unknown) => {
        progress.uncertain = toGatewayError(thrown).details?.['mayHaveArrived'] === true;
        throw thrown;
      });
      const id = sentMessage.safeParse(answer).data?.id ?? '';
      progress.sent.push(id);
      remember(taken, id, deliveryId);
    }
    known.delete(deliveryId);
    return { providerMessageId: progress.sent.at(-1) ?? '' };
  };

  /** A first attempt begins with nothing sent; a later one knows what the earlier did, or asks Discord. */
  async function progressOf(outbound: Outbound, parts: readonly Part[], signal: AbortSignal): Promise<Progress> {
    const remembered = known.get(outbound.deliveryId);
    const isNew = outbound.attempt <= 1 && !remembered;
    const isCertain = remembered && !remembered.uncertain;
    const sent = isNew || isCertain ? (remembered?.sent ?? []) : await findSent(outbound, parts, signal);
    const progress = { sent, uncertain: false };
    remember(known, outbound.deliveryId, progress);
    return progress;
  }

  /** The ids of the parts that are in the channel, from the first on. Throws when that cannot be told. */
  async function findSent({ deliveryId, to, replyTo }: Outbound, parts: readonly Part[], signal: AbortSignal): Promise<string[]> {
    const found: string[] = [];
    let after = snowflakeAt(askedForAt(deliveryId) - CLOCK_SKEW_MS);
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const answer = ownMessages.safeParse(await api.call('GET', `/channels/${to.id}/messages?after=${after}&limit=${PAGE_SIZE}`, signal));
      if (!answer.success)
        throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Discord sent something that is not a list of messages.' });
      const page = answer.data.toSorted((a, b) => (sortable(a.id) < sortable(b.id) ? -1 : 1));
      for (const message of page)
        if (isPart(message, parts[found.length], found.length === 0 ? replyTo : undefined)) found.push(message.id);
      after = page.at(-1)?.id ?? after;
      if (page.length < PAGE_SIZE) return found;
    }
    throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Whether the reply has arrived cannot be told: too much was written since.' });

    function isPart(message: OwnMessage, part: Part | undefined, answered: string | undefined): boolean {
      if (message.author.id !== selfId || message.content !== part?.content || !hasFiles(message, part.files)) return false;
      if (answered !== undefined && message.message_reference?.message_id !== answered) return false;
      return (taken.get(message.id) ?? deliveryId) === deliveryId;
    }
  }
}

/** The text in as many messages as it needs, then the files. */
function partsOf({ text, attachments = [] }: Outbound): readonly Part[] {
  const parts: Part[] = toDiscord(text).map((content) => ({ content, files: [] }));
  for (let at = 0; at < attachments.length; at += MOST_FILES) parts.push({ content: '', files: attachments.slice(at, at + MOST_FILES) });
  return parts;
}

/** Discord changes the names of files, and not their sizes. */
function hasFiles({ attachments = [] }: OwnMessage, files: readonly OutboundAttachment[]): boolean {
  return attachments.length === files.length && files.every(({ size }, at) => attachments[at]?.size === size);
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MOST_KNOWN && oldest !== undefined) map.delete(oldest);
}

function nonceOf(deliveryId: string, part: number): string {
  return createHash('sha256').update(`${deliveryId}:${part}`).digest('base64url').slice(0, MOST_NONCE_LENGTH);
}

/** When the delivery was asked for, in milliseconds: ids of deliveries begin with it. */
function askedForAt(deliveryId: string): number {
  if (!isId('delivery', deliveryId)) return Date.now() - DAY_MS;
  return Buffer.from(idToBytes('delivery', deliveryId)).readUIntBE(0, 6);
}
