/** What a dispatch of Discord's gateway means to this one. Pure. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Amendment, Inbound, Peer } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { type DiscordFile, filesOf } from './files.ts';
import { sortable } from './snowflake.ts';

const id = z.string().regex(/^\d{1,20}$/);
const person = z.looseObject({
  id,
  bot: z.boolean().optional(),
  username: z.string().optional(),
  global_name: z.string().nullish(),
});
const message = z.looseObject({
  id,
  channel_id: id,
  guild_id: id.optional(),
  type: z.int().optional(),
  author: person.optional(),
  webhook_id: z.string().optional(),
  member: z.looseObject({ nick: z.string().nullish(), roles: z.array(id).optional() }).optional(),
  content: z.string().optional(),
  edited_timestamp: z.string().nullish(),
  mentions: z.array(person).optional(),
  referenced_message: z.looseObject({ author: person.optional() }).nullish(),
  attachments: z.array(z.unknown()).optional(),
  sticker_items: z.array(z.unknown()).optional(),
  poll: z.unknown().optional(),
});
const removal = z.looseObject({ id: id.optional(), ids: z.array(id).optional(), channel_id: id, guild_id: id.optional() });
type Message = z.output<typeof message>;

/** What the gateway knows of the places that the bot is in. */
export type Places = {
  readonly selfId: string;
  /** The parent of each thread. */
  readonly threads: ReadonlyMap<string, string>;
  readonly roleNames: ReadonlyMap<string, string>;
};

type Place = { readonly lane: string; readonly order: string };
export type Reading =
  | (Place & { readonly kind: 'message'; readonly inbound: Inbound; readonly files: readonly DiscordFile[] })
  | (Place & { readonly kind: 'amendments'; readonly amendments: readonly Amendment[] })
  | { readonly kind: 'skip' }
  | { readonly kind: 'refuse'; readonly error: GatewayError };

/** A message, and a reply; all others are notes of Discord itself. */
const PERSONAL_TYPES: ReadonlySet<number> = new Set([0, 19]);

/** Reads a dispatch by its name. */
export function readDispatch(name: string, data: unknown, places: Places): Reading {
  switch (name) {
    case 'MESSAGE_CREATE':
      return readMessage(data, places);
    case 'MESSAGE_UPDATE':
      return readEdit(data, places);
    case 'MESSAGE_DELETE':
    case 'MESSAGE_DELETE_BULK':
      return readRemoval(data, places);
    case 'INTERACTION_CREATE':
      return bad('Commands and buttons of Discord are not supported; messages and mentions are.');
    default:
      return { kind: 'skip' };
  }
}

/** Reads a message as it is dispatched, or in the history of a channel. `guildId` is what only a dispatch says. */
export function readMessage(data: unknown, places: Places, guildId?: string): Reading {
  const parsed = message.safeParse(guildId === undefined ? data : { ...(data as object), guild_id: guildId });
  if (!parsed.success) return notDocumented(parsed.error);
  const content = parsed.data;
  const { author, member, mentions = [] } = content;
  if (!author || !isPersonal(content, places)) return { kind: 'skip' };
  const text = plainText(content, places);
  const files = filesOf(content.attachments ?? []);
  const isSilent = text === '' && !content.content?.trim();
  if (isSilent && files.length === 0) {
    const isFile = Boolean(content.attachments?.length || content.sticker_items?.length || content.poll);
    return isFile ? bad('A message that is only a sticker or a poll, or a file that lies nowhere, cannot be read.') : { kind: 'skip' };
  }
  const peer = peerOf(content, places);
  const parent = peer.kind === 'thread' ? places.threads.get(peer.id) : undefined;
  const named = mentions.some((person) => person.id === places.selfId) || content.referenced_message?.author?.id === places.selfId;
  const name = member?.nick || author.global_name || author.username;
  const roles = (member?.roles ?? []).flatMap((role) => [role, places.roleNames.get(role) ?? []].flat());
  const inbound: Inbound = {
    externalId: content.id,
    sender: { id: author.id, ...(name && { name }), ...(roles.length > 0 && { roles }) },
    peer,
    ...(parent !== undefined && { parent, parentKind: 'channel' as const }),
    text: text === '' && !isSilent ? `@${places.selfId}` : text,
    ...(peer.kind !== 'direct' && { mentioned: named }),
  };
  return { kind: 'message', lane: content.channel_id, order: sortable(content.id), inbound, files };
}

/** Discord also says that a message changed when it adds the preview of a link. */
function readEdit(data: unknown, places: Places): Reading {
  const parsed = message.safeParse(data);
  if (!parsed.success) return notDocumented(parsed.error);
  const content = parsed.data;
  if (!content.edited_timestamp || content.content === undefined || !content.author || !isPersonal(content, places))
    return { kind: 'skip' };
  const text = plainText(content, places);
  if (text === '') return { kind: 'skip' };
  const amendment = { kind: 'edited', externalId: content.id, peer: peerOf(content, places), text } as const;
  return { kind: 'amendments', lane: content.channel_id, order: sortable(content.id), amendments: [amendment] };
}

function readRemoval(data: unknown, places: Places): Reading {
  const parsed = removal.safeParse(data);
  if (!parsed.success) return notDocumented(parsed.error);
  const { id: one, ids = one === undefined ? [] : [one], channel_id: lane } = parsed.data;
  const peer = peerOf(parsed.data, places);
  const amendments = ids.map((externalId) => ({ kind: 'deleted', externalId, peer }) as const);
  return { kind: 'amendments', lane, order: sortable(ids.at(-1) ?? ''), amendments };
}

function isPersonal({ author, webhook_id: webhook, type = 0 }: Message, { selfId }: Places): boolean {
  return author?.bot !== true && author?.id !== selfId && webhook === undefined && PERSONAL_TYPES.has(type);
}

function peerOf({ channel_id: channel, guild_id: guild }: Pick<Message, 'channel_id' | 'guild_id'>, { threads }: Places): Peer {
  if (guild === undefined) return { kind: 'direct', id: channel };
  return { kind: threads.has(channel) ? 'thread' : 'channel', id: channel };
}

/** Discord's references as text: people and roles by their names, the bot's own left out. */
function plainText({ content = '', mentions = [] }: Message, { selfId, roleNames }: Places): string {
  const names = new Map(mentions.map((person) => [person.id, person.global_name || person.username]));
  return content
    .replaceAll(new RegExp(`<@!?${selfId}>[:,]?`, 'g'), '')
    .replace(/<@!?(\d+)>/g, (_, user: string) => `@${names.get(user) ?? user}`)
    .replace(/<@&(\d+)>/g, (_, role: string) => `@${roleNames.get(role) ?? role}`)
    .replace(/<a?(:\w+:)\d+>/g, '$1')
    .trim();
}

function notDocumented(error: z.ZodError): Reading {
  const [issue] = error.issues;
  return bad(`The event is not as documented: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function bad(text: string): Reading {
  return { kind: 'refuse', error: new GatewayError('CHANNEL_BAD_UPDATE', { message: text }) };
}
