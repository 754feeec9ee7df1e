/** What a call of WhatsApp's webhook means to the gateway. Pure. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Inbound } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { graphFailure } from './failure.ts';

const titled = z.looseObject({ title: z.string().optional() });
const captioned = z.looseObject({ caption: z.string().optional() });

const message = z.looseObject({
  id: z.string().min(1),
  from: z.string().min(1),
  type: z.string(),
  group_id: z.string().optional(),
  text: z.looseObject({ body: z.string() }).optional(),
  button: z.looseObject({ text: z.string().optional() }).optional(),
  interactive: z.looseObject({ button_reply: titled.optional(), list_reply: titled.optional() }).optional(),
  image: captioned.optional(),
  video: captioned.optional(),
  document: captioned.optional(),
});

const status = z.looseObject({
  status: z.string(),
  biz_opaque_callback_data: z.string().optional(),
  errors: z.array(z.looseObject({ code: z.number().optional(), title: z.string().optional(), message: z.string().optional() })).optional(),
});

const value = z.looseObject({
  metadata: z.looseObject({ phone_number_id: z.string() }),
  contacts: z
    .array(z.looseObject({ wa_id: z.string().optional(), profile: z.looseObject({ name: z.string().optional() }).optional() }))
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
  | { readonly kind: 'message'; readonly inbound: Inbound }
  | { readonly kind: 'report'; readonly deliveryId: string; readonly status: (typeof REPORTED)[number]; readonly error?: GatewayError }
  | { readonly kind: 'refuse'; readonly what: unknown; readonly error: GatewayError };

/** Everything in a call that concerns this phone number, in order. What nobody expects an answer to is left out. */
export function readCall(body: unknown, phoneNumberId: string): readonly Reading[] {
  const parsed = call.safeParse(body);
  if (!parsed.success) return [refuse(body, 'The call is not as documented.')];
  return parsed.data.entry.flatMap(({ changes }) =>
    changes.filter(({ field }) => field === 'messages').flatMap((change) => readChange(change.value, phoneNumberId)),
  );
}

function readChange(change: unknown, phoneNumberId: string): readonly Reading[] {
  const parsed = value.safeParse(change);
  if (!parsed.success) return [refuse(change, 'A change is not as documented.')];
  const { metadata, contacts = [], messages = [], statuses = [] } = parsed.data;
  if (metadata.phone_number_id !== phoneNumberId) {
    const text = `It is for the phone number ${metadata.phone_number_id}, not for this account's: give that number a webhook of its own.`;
    return messages.map((each) => refuse(each, text));
  }
  const names = new Map(contacts.map(({ wa_id: id, profile }) => [id, profile?.name]));
  return [...messages.flatMap((each) => readMessage(each, names)), ...statuses.flatMap(readStatus)];
}

function readMessage(candidate: unknown, names: ReadonlyMap<string | undefined, string | undefined>): readonly Reading[] {
  const parsed = message.safeParse(candidate);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return [refuse(candidate, `A message is not as documented: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)];
  }
  const { id, from, type, group_id: group } = parsed.data;
  if (type === 'reaction' || type === 'system') return [];
  const text = textOf(parsed.data);
  if (text === undefined || text.trim() === '') return [refuse(candidate, `A message of the kind ${type.slice(0, 40)} cannot be read.`)];
  const name = names.get(from);
  return [
    {
      kind: 'message',
      inbound: {
        externalId: id,
        sender: { id: from, ...(name ? { name } : {}) },
        peer: group === undefined ? { kind: 'direct', id: from } : { kind: 'group', id: group },
        text,
      },
    },
  ];
}

/** A pressed button says what is written on it. */
function textOf({ text, button, interactive, image, video, document }: z.output<typeof message>): string | undefined {
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

function readStatus(candidate: unknown): readonly Reading[] {
  const parsed = status.safeParse(candidate);
  if (!parsed.success) return [refuse(candidate, 'A status is not as documented.')];
  const { biz_opaque_callback_data: deliveryId, errors: [problem] = [] } = parsed.data;
  const known = REPORTED.find((each) => each === parsed.data.status);
  // Of a message that something else sent from this number.
  if (!known || deliveryId === undefined || !/^dlv_[0-9a-z]{1,40}$/.test(deliveryId)) return [];
  if (known !== 'failed') return [{ kind: 'report', deliveryId, status: known }];
  const { code = 0, title, message: text = title ?? 'no reason given' } = problem ?? {};
  return [{ kind: 'report', deliveryId, status: known, error: graphFailure({ status: 200, code, text }) }];
}

function refuse(what: unknown, text: string): Reading {
  return { kind: 'refuse', what, error: new GatewayError('CHANNEL_BAD_UPDATE', { message: text }) };
}
