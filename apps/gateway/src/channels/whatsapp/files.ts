/** Files of messages: fetched from Meta by their id when the gateway wants them, and uploaded before they are sent. */
import { GatewayError } from '@openclaw-gateway/events';
import type { InboundAttachment, OutboundAttachment } from '@openclaw-gateway/sdk';
import { egress } from '../../operations/egress/index.ts';
import { type Graph, graphRoot } from './api.ts';
import type { WhatsAppConfig } from './config.ts';

/** The most that Meta keeps of any kind. */
const MOST_FILE_BYTES = 100 * 1024 * 1024;
const MB = 1024 * 1024;

/** A file that Meta holds for a message. */
export type WhatsAppFile = { readonly id: string; readonly name?: string; readonly mimeType?: string };

export type OpenFile = (id: string, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;

export function attachments(files: readonly WhatsAppFile[], openFile: OpenFile): { readonly attachments?: readonly InboundAttachment[] } {
  if (files.length === 0) return {};
  return { attachments: files.map(({ id, ...said }) => ({ ...said, open: (signal) => openFile(id, signal) })) };
}

/** Fetches files with the access token, which goes to Meta's own hosts only. Their addresses hold for minutes, so each is asked for anew. */
export function fileOpener(graph: Graph, config: WhatsAppConfig): OpenFile {
  const root = graphRoot(config);
  const way = egress.to(root);
  return async (id, signal) => {
    if (!/^[\w-]{1,128}$/.test(id)) throw unavailable('WhatsApp named no file.');
    const { url: written } = await graph.media(id, signal).catch((thrown: unknown) => {
      throw unavailable(`WhatsApp does not say where the file lies: ${thrown instanceof GatewayError ? thrown.message : 'no answer'}`);
    });
    const url = typeof written === 'string' ? URL.parse(written) : null;
    const isMeta =
      url?.origin === new URL(root).origin || (url?.protocol === 'https:' && /(^|\.)(fbsbx|facebook)\.com$/.test(url.hostname));
    if (!url || !isMeta) throw unavailable('The file does not lie with Meta.');
    const headers = { authorization: `Bearer ${config.accessToken}` };
    const response = await way.fetch(url, { headers, signal, mostBytes: MOST_FILE_BYTES }).catch(() => {
      throw unavailable('WhatsApp cannot be reached for the file.');
    });
    if (response.status === 200 && response.body) return response.body;
    await response.body?.cancel();
    throw unavailable(`WhatsApp answered ${response.status} for the file.`);
  };
}

type Kind = { readonly type: 'image' | 'video' | 'audio' | 'document'; readonly mimeTypes: RegExp; readonly mostBytes: number };

/** What Meta takes, and how much of it. */
const KINDS: readonly Kind[] = [
  { type: 'image', mimeTypes: /^image\/(jpeg|png)$/, mostBytes: 5 * MB },
  { type: 'video', mimeTypes: /^video\/(mp4|3gpp)$/, mostBytes: 16 * MB },
  { type: 'audio', mimeTypes: /^audio\/(aac|amr|mpeg|mp4|ogg)$/, mostBytes: 16 * MB },
  {
    type: 'document',
    mimeTypes:
      /^(text\/plain|application\/(pdf|msword|vnd\.ms-(excel|powerpoint)|vnd\.openxmlformats-officedocument\.(wordprocessingml\.document|spreadsheetml\.sheet|presentationml\.presentation)))$/,
    mostBytes: 100 * MB,
  },
];
/** Meta has no type of its own for them; as documents they keep their names. */
const TEXTS = /^(text\/|application\/(json|xml|yaml)$)/;

export type Sendable = { readonly type: Kind['type']; readonly mimeType: string; readonly file: OutboundAttachment };

/** How a file is sent; nothing where WhatsApp does not take it. */
export function sendableAs(file: OutboundAttachment): Sendable | undefined {
  const own = file.mimeType.split(';')[0]?.trim() ?? '';
  const mimeType = KINDS.some(({ mimeTypes }) => mimeTypes.test(own)) ? own : TEXTS.test(own) ? 'text/plain' : own;
  const kind = KINDS.find(({ mimeTypes, mostBytes }) => mimeTypes.test(mimeType) && file.size <= mostBytes);
  return kind && file.size > 0 ? { type: kind.type, mimeType, file } : undefined;
}

/** What stands in the text instead of a file that WhatsApp does not take. */
export function inPlaceOf({ name, size }: OutboundAttachment): string {
  const sizeText = size < MB ? `${Math.ceil(size / 1024)} KB` : `${(size / MB).toFixed(1)} MB`;
  return `[${name}, ${sizeText}: WhatsApp does not take a file of this kind or size]`;
}

/** Uploads a file; nobody sees it before it is sent. Returns its id. Throws a CHANNEL_ code. */
export async function upload(graph: Graph, { mimeType, file }: Sendable, signal: AbortSignal): Promise<string> {
  const form = new FormData();
  form.set('messaging_product', 'whatsapp');
  form.set('type', mimeType);
  form.set('file', new Blob([Uint8Array.from(await file.bytes())], { type: mimeType }), file.name);
  const { id } = await graph.upload(form, signal);
  if (typeof id === 'string' && id !== '') return id;
  throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'WhatsApp named no id for the file.', details: { mayHaveArrived: false } });
}

function unavailable(message: string): GatewayError {
  return new GatewayError('ATTACHMENT_UNAVAILABLE', { message });
}
