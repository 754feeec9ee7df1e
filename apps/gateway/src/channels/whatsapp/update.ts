/** What a call of WhatsApp's webhook means to the gateway. Pure. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Amendment, DeliveryReport, Inbound, Peer } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { graphFailure } from './failure.ts';
import type { WhatsAppFile } from './files.ts';
import { readMark } from './mark.ts';

const titled = z.looseObject({ title: z.string().optional() });
const media = z.looseObject({
  id: z.string().optional(),
  caption: z.string().optional(),
  mime_type: z.string().optional(),
  filename: z.string().optional(),
});

const content = z.looseObject({
  text: z.looseObject({ body: z.string() }).optional(),
  button: z.looseObject({ text: z.string().optional() }).optional(),
  interactive: z.looseObject({ button_reply: titled.optional(), list_reply: titled.optional() }).optional(),
  image: media.optional(),
  video: media.optional(),
  audio: media.optional(),
  document: media.optional(),
  sticker: media.optional(),
});
type Content = z.output<typeof content>;

const message = content
  .extend({
    id: z.string().min(1),
    /** The sender's number; Meta leaves it out of those who hide it. */
    from: z.string().min(1).optional(),
    from_user_id: z.string().min(1).optional(),
    type: z.string(),
    group_id: z.string().optional(),
    /** The message that this one answers. */
    context: z.looseObject({ from: z.string().optional() }).optional(),
    edit: z.looseObject({ original_message_id: z.string().min(1), message: content }).optional(),
    revoke: z.looseObject({ original_message_id: z.string().min(1) }).optional(),
  })
  .refine(({ from, from_user_id: id }) => from !== undefined || id !== undefined, { path: ['from'], message: 'nobody sent it' });
type Message = z.output<typeof message>;

const status = z.looseObject({
  status: z.string(),
  biz_opaque_callback_data: z.string().optional(),
  errors: z
    .array(
      z.looseObject({
        code: z.number().optional(),
        title: z.string().optional(),
        message: z.string().optional(),
        error_data: z.looseObject({ details: z.string().optional() }).optional(),
      }),
    )
    .optional(),
});

const value = z.looseObject({
  metadata: z.looseObject({ phone_number_id: z.string(), display_phone_number: z.string().optional() }),
  contacts: z
    .array(
      z.looseObject({
        wa_id: z.string().optional(),
        user_id: z.string().optional(),
        profile: z.looseObject({ name: z.string().optional() }).optional(),
      }),
    )
    .optional(),
  // One by one, so that an odd one does not hide the others.
  messages: z.array(z.unknown()).optional(),
  statuses: z.array(z.unknown()).optional(),
});

const call = z.looseObject({
  entry: z.array(z.looseObject({ changes: z.array(z.looseObject({ field: z.string(), value: z.unknown() })) })),
});

const REPORTED = ['sent', 'delivered', 'read', 'failed'] as const;

export type Reading =
  | { readonly kind: 'message'; readonly inbound: Inbound; readonly files: readonly WhatsAppFile[] }
  | { readonly kind: 'amendment'; readonly amendment: Amendment }
  | ({ readonly kind: 'report' } & DeliveryReport)
  | { readonly kind: 'refuse'; readonly what: unknown; readonly error: GatewayError };

/** The account's own number, and what it is called. */
export type Self = { readonly phoneNumberId: string; readonly name?: string };

/** Everything in a call that concerns this phone number, in order. What nobody expects an answer to is left out. */
export function readCall(body: unknown, self: Self): readonly Reading[] {
  const parsed = call.safeParse(body);
  if (!parsed.success) return [refuse(body, 'The call is not as documented.')];
  return parsed.data.entry.flatMap(({ changes }) =>
    changes.filter(({ field }) => field === 'messages').flatMap((change) => readChange(change.value, self)),
  );
}

function readChange(change: unknown, { phoneNumberId, name }: Self): readonly Reading[] {
  const parsed = value.safeParse(change);
  if (!parsed.success) return [refuse(change, 'A change is not as documented.')];
  const { metadata, contacts = [], messages = [], statuses = [] } = parsed.data;
  if (metadata.phone_number_id !== phoneNumberId) {
    const text = `It is for the phone number ${metadata.phone_number_id}, not for this account's: give that number a webhook of its own.`;
    return messages.map((each) => refuse(each, text));
  }
  const names = new Map(
    contacts.flatMap(({ wa_id: number, user_id: id, profile }) => [number, id].map((each) => [each, profile?.name] as const)),
  );
  const own = { number: metadata.display_phone_number?.replace(/\D/g, '') ?? '', name: name ?? '' };
  return [...messages.flatMap((each) => readMessage(each, names, own)), ...statuses.flatMap(readStatus)];
}

type Own = { readonly number: string; readonly name: string };

function readMessage(candidate: unknown, names: ReadonlyMap<string | undefined, string | undefined>, own: Own): readonly Reading[] {
  const parsed = message.safeParse(candidate);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return [refuse(candidate, `A message is not as documented: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)];
  }
  const { id, from, from_user_id: userId, type, group_id: group, edit, revoke } = parsed.data;
  if (type === 'reaction' || type === 'system') return [];
  const sender = from ?? userId ?? '';
  const peer: Peer = group === undefined ? { kind: 'direct', id: sender } : { kind: 'group', id: group };
  if (revoke) return [{ kind: 'amendment', amendment: { kind: 'deleted', externalId: revoke.original_message_id, peer } }];
  if (edit) return readEdit(candidate, edit, peer);
  const text = textOf(parsed.data) ?? '';
  const files = filesOf(parsed.data);
  if (text.trim() === '' && files.length === 0) return [refuse(candidate, `A message of the kind ${type.slice(0, 40)} cannot be read.`)];
  const name = names.get(sender);
  const inbound: Inbound = {
    externalId: id,
    sender: { id: sender, ...(name ? { name } : {}) },
    peer,
    text,
    ...(group !== undefined && { mentioned: speaksTo(parsed.data, text, own) }),
  };
  return [{ kind: 'message', inbound, files }];
}

function readEdit(
  candidate: unknown,
  { original_message_id: externalId, message: now }: NonNullable<Message['edit']>,
  peer: Peer,
): Reading[] {
  const text = textOf(now) ?? '';
  if (text.trim() === '') return [refuse(candidate, 'An edited message has no text.')];
  return [{ kind: 'amendment', amendment: { kind: 'edited', externalId, peer, text } }];
}

/** It answers what the number said, or has its `@` with the number or the name. Meta says nothing else of mentions. */
function speaksTo({ context }: Message, text: string, { number, name }: Own): boolean {
  if (number !== '' && context?.from?.replace(/\D/g, '') === number) return true;
  const said = text.toLowerCase();
  return [number, name.toLowerCase()].some((each) => each !== '' && said.includes(`@${each}`));
}

/** A pressed button says what is written on it. */
function textOf({ text, button, interactive, image, video, document }: Content): string | undefined {
  return (
    text?.body ??
    button?.text ??
    interactive?.button_reply?.title ??
    interactive?.list_reply?.title ??
    image?.caption ??
    video?.caption ??
    document?.caption
  );
}

/** Only documents have names of their own. */
function filesOf({ image, video, audio, document, sticker }: Content): readonly WhatsAppFile[] {
  const found = [
    [image, 'photo.jpg'],
    [video, 'video.mp4'],
    [audio, 'audio.ogg'],
    [document, 'document'],
    [sticker, 'sticker.webp'],
  ] as const;
  return found.flatMap(([held, name]) => {
    if (!held?.id) return [];
    const { id, filename, mime_type: mimeType } = held;
    return [{ id, name: filename || name, ...(mimeType && { mimeType: mimeType.split(';')[0]?.trim() ?? mimeType }) }];
  });
}

function readStatus(candidate: unknown): readonly Reading[] {
  const parsed = status.safeParse(candidate);
  if (!parsed.success) return [refuse(candidate, 'A status is not as documented.')];
  const { biz_opaque_callback_data: written, errors: [problem] = [] } = parsed.data;
  const mark = readMark(written);
  const known = REPORTED.find((each) => each === parsed.data.status);
  // Of a message that something else sent from this number.
  if (!known || !mark) return [];
  if (known !== 'failed') return [{ kind: 'report', ...mark, status: known }];
  const { code = 0, title, message, error_data: data } = problem ?? {};
  const text = [...new Set([title, message, data?.details])].filter(Boolean).join('. ') || 'no reason given';
  return [{ kind: 'report', ...mark, status: known, error: graphFailure({ code, text }) }];
}

function refuse(what: unknown, text: string): Reading {
  return { kind: 'refuse', what, error: new GatewayError('CHANNEL_BAD_UPDATE', { message: text }) };
}
