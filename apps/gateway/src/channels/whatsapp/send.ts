/** Sending replies: the text in parts, then its files; a short text is the caption of the first file that can have one. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ChannelAccount, Outbound, Peer } from '@openclaw-gateway/sdk';
import { createPartSender } from '../parts.ts';
import { toWhatsApp } from '../text/whatsapp.ts';
import type { Graph } from './api.ts';
import { inPlaceOf, type Sendable, sendableAs, upload } from './files.ts';
import { markOf } from './mark.ts';

const MOST_CAPTION_LENGTH = 1024;

type Part = { readonly text: string } | (Sendable & { readonly caption?: string });

/** `quotes`: whether the message that a reply answers is to be shown with it, because others stand between the two. */
export function createSender(graph: Graph, quotes: (to: Peer, answered: string) => boolean): ChannelAccount['send'] {
  const sendParts = createPartSender();
  return async (outbound: Outbound, signal: AbortSignal) => {
    const { deliveryId, messageId, to, replyTo } = outbound;
    const quoted = replyTo !== undefined && quotes(to, replyTo) ? { context: { message_id: replyTo } } : {};
    const parts = partsOf(outbound);
    if (parts.length === 0) throw new GatewayError('CHANNEL_REFUSED', { message: 'WhatsApp takes no empty message.' });
    return await sendParts(deliveryId, parts, async (part, index) => {
      const content = 'text' in part ? textMessage(part.text) : await fileMessage(graph, part, signal);
      const marked = { biz_opaque_callback_data: markOf({ deliveryId, messageId, isPart: parts.length > 1 }) };
      return messageIdOf(await graph.post({ ...recipientOf(to), ...content, ...marked, ...(index === 0 && quoted) }, signal));
    });
  };
}

function partsOf({ text, attachments = [] }: Outbound): readonly Part[] {
  const files = attachments.flatMap((file) => sendableAs(file) ?? []);
  const notTaken = attachments.filter((file) => !sendableAs(file)).map(inPlaceOf);
  const whole = [text, ...notTaken].filter((piece) => piece.trim() !== '').join('\n\n');
  const texts = toWhatsApp(whole).filter((part) => part.trim() !== '');
  const [first, ...others] = files;
  const [caption] = texts;
  const isCaption = texts.length === 1 && caption !== undefined && caption.length <= MOST_CAPTION_LENGTH;
  if (first && isCaption && first.type !== 'audio') return [{ ...first, caption }, ...others];
  return [...texts.map((part) => ({ text: part })), ...files];
}

const textMessage = (body: string) => ({ type: 'text', text: { body, preview_url: false } });

async function fileMessage(graph: Graph, part: Sendable & { readonly caption?: string }, signal: AbortSignal): Promise<object> {
  const { type, file, caption } = part;
  const id = await upload(graph, part, signal);
  return { type, [type]: { id, ...(caption !== undefined && { caption }), ...(type === 'document' && { filename: file.name }) } };
}

/** Somebody who hides the number is known by an id of Meta, such as `US.13491208655302741918`. */
function recipientOf({ kind, id }: Peer): object {
  if (kind === 'group') return { recipient_type: 'group', to: id };
  return { recipient_type: 'individual', ...(id.includes('.') ? { recipient: id } : { to: id }) };
}

function messageIdOf({ messages }: Readonly<Record<string, unknown>>): string {
  const [first] = Array.isArray(messages) ? (messages as readonly { readonly id?: unknown }[]) : [];
  if (typeof first?.id === 'string') return first.id;
  throw new GatewayError('CHANNEL_UNAVAILABLE', {
    message: 'WhatsApp sent something that is not an answer.',
    details: { mayHaveArrived: true },
  });
}
