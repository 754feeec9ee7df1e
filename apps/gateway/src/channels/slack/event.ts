/** What an event of Slack means to the gateway. Pure. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Amendment, Inbound, Peer } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { filesOf, type SlackFile } from './files.ts';

const TS = z.string().regex(/^\d+\.\d+$/);
const base = z.looseObject({
  user: z.string().optional(),
  bot_id: z.string().optional(),
  subtype: z.string().optional(),
  text: z.string().optional(),
  ts: TS.optional(),
  thread_ts: z.string().optional(),
  parent_user_id: z.string().optional(),
  edited: z.looseObject({ ts: z.string() }).optional(),
  files: z.array(z.looseObject({})).optional(),
});
const message = base.extend({
  type: z.enum(['message', 'app_mention']),
  channel: z.string().min(1),
  ts: TS,
  message: base.optional(),
  previous_message: base.optional(),
  deleted_ts: z.string().optional(),
});
const callback = z.looseObject({ event: z.looseObject({ type: z.string() }) });

type Content = z.output<typeof base>;

/** The bot as Slack names it. */
export type Self = { readonly userId: string; readonly botId?: string; readonly name: string };

/** Where it belongs: the channel it is of, and when it was written. */
type Place = { readonly lane: string; readonly order: string };
/** What was written, in Slack's markup. */
type Written = { readonly markup: string };
export type EventReading =
  | (Place & Written & { readonly kind: 'message'; readonly inbound: Inbound; readonly files: readonly SlackFile[] })
  | (Place & Partial<Written> & { readonly kind: 'amendment'; readonly amendment: Amendment })
  /** Nothing that anybody expects an answer to. */
  | { readonly kind: 'skip' }
  | { readonly kind: 'refuse'; readonly error: GatewayError };

/** What a person writes; every other subtype is a note of Slack or of a program. */
const PERSONAL: ReadonlySet<string | undefined> = new Set([undefined, 'file_share', 'thread_broadcast', 'me_message']);

/** Reads the payload of an `events_api` envelope. */
export function readEvent(payload: unknown, self: Self): EventReading {
  const outer = callback.safeParse(payload);
  if (!outer.success) return bad('The event is not as documented.');
  const { event } = outer.data;
  // Everything else that an app may have subscribed to, such as a reaction, asks for nothing.
  if (event.type !== 'message' && event.type !== 'app_mention') return { kind: 'skip' };
  const parsed = message.safeParse(event);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return bad(`The event is not as documented: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { subtype, channel, ts } = parsed.data;
  const place = { lane: channel, order: ts };
  if (subtype === 'message_changed') return edited(parsed.data.message, parsed.data.previous_message, channel, place, self);
  if (subtype === 'message_deleted') return deleted(parsed.data.previous_message, parsed.data.deleted_ts, channel, place, self);
  return readMessage(parsed.data, channel, self);
}

/** Reads a message as it is in an event or in the history of a channel. */
export function readMessage(content: Content, channel: string, self: Self): EventReading {
  const { user, ts, text = '', thread_ts: thread, files = [] } = content;
  if (!isPersonal(content, self) || user === undefined || ts === undefined) return { kind: 'skip' };
  const shown = plainText(text, self);
  const brought = filesOf(files);
  if (shown === '' && text.trim() === '') {
    if (files.length === 0) return { kind: 'skip' };
    if (brought.length === 0) return bad('The message is only a file, and Slack does not say where it lies.');
  }
  const names = speaksTo(text, self);
  const peer = peerOf(channel, ts, thread, names);
  const inbound: Inbound = {
    externalId: `${channel}:${ts}`,
    sender: { id: user },
    peer,
    ...(peer.kind === 'thread' && { parent: channel, parentKind: kindOf(channel) }),
    text: shown === '' && text.trim() !== '' ? `@${self.name}` : shown,
    ...(peer.kind !== 'direct' && { mentioned: names || content.parent_user_id === self.userId }),
  };
  return { kind: 'message', lane: channel, order: ts, inbound, markup: text, files: brought };
}

/** Slack also says `message_changed` when it adds the preview of a link or counts the replies. */
function edited(now: Content | undefined, before: Content | undefined, channel: string, place: Place, self: Self): EventReading {
  if (now?.subtype === 'tombstone') return deleted(before ?? now, now.ts, channel, place, self);
  if (!now?.ts || !now.edited || !isPersonal(now, self) || now.text === before?.text) return { kind: 'skip' };
  const text = plainText(now.text ?? '', self);
  if (text === '') return { kind: 'skip' };
  const peer = peerOf(channel, now.ts, now.thread_ts, speaksTo(before?.text ?? now.text ?? '', self));
  const amendment = { kind: 'edited', externalId: `${channel}:${now.ts}`, peer, text } as const;
  return { kind: 'amendment', ...place, markup: now.text ?? '', amendment };
}

function deleted(was: Content | undefined, ts: string | undefined, channel: string, place: Place, self: Self): EventReading {
  if (ts === undefined || (was && !isPersonal({ ...was, subtype: undefined }, self))) return { kind: 'skip' };
  const peer = peerOf(channel, ts, was?.thread_ts, speaksTo(was?.text ?? '', self));
  return { kind: 'amendment', ...place, amendment: { kind: 'deleted', externalId: `${channel}:${ts}`, peer } };
}

function isPersonal({ user, bot_id: bot, subtype }: Content, self: Self): boolean {
  return bot === undefined && user !== self.userId && user !== 'USLACKBOT' && PERSONAL.has(subtype);
}

export const speaksTo = (markup: string, { userId }: Self): boolean => markup.includes(`<@${userId}>`) || markup.includes(`<@${userId}|`);

/**
 * Ids of direct conversations begin with D. A thread in one is answered there, and is a direct message all the same. Elsewhere a message
 * that names the bot begins a thread of its own.
 */
function peerOf(channel: string, ts: string, thread: string | undefined, namesBot: boolean): Peer {
  const inThread = thread !== undefined && thread !== ts;
  if (channel.startsWith('D')) return { kind: 'direct', id: inThread ? `${channel}:${thread}` : channel };
  if (inThread) return { kind: 'thread', id: `${channel}:${thread}` };
  if (namesBot) return { kind: 'thread', id: `${channel}:${ts}` };
  return { kind: kindOf(channel), id: channel };
}

const kindOf = (channel: string) => (channel.startsWith('G') ? 'group' : 'channel');

/** Where a reply to a peer goes. */
export function destination(peer: Peer): { readonly channel: string; readonly threadTs?: string } {
  const [channel = peer.id, threadTs] = peer.id.split(':');
  return threadTs === undefined ? { channel } : { channel, threadTs };
}

/** Slack's markup as text: references by name where it says one, addresses written out, the bot's own name left out. */
export function plainText(text: string, self: Self, names: ReadonlyMap<string, string> = new Map()): string {
  return text
    .replaceAll(new RegExp(`<@${self.userId}(\\|[^>]*)?>[:,]?`, 'g'), '')
    .replace(/<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>/g, (_, sigil: string, target: string, label: string | undefined) => {
      if (sigil === '@') return `@${label || names.get(target) || target}`;
      if (sigil === '#') return `#${label || target}`;
      if (sigil === '!') return label || `@${target.replace(/\^.*$/, '')}`;
      return label && label !== target ? `${label} (${target})` : target.replace(/^mailto:/, '');
    })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}

/** Whom a text names by an id alone. */
export function peopleIn(markup: string, self: Self): readonly string[] {
  const ids = [...markup.matchAll(/<@([UW][A-Z0-9]+)>/g)].flatMap(([, id]) => id ?? []);
  return [...new Set(ids)].filter((id) => id !== self.userId);
}

function bad(text: string): EventReading {
  return { kind: 'refuse', error: new GatewayError('CHANNEL_BAD_UPDATE', { message: text }) };
}
