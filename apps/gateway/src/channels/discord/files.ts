/** Files of messages: fetched from where Discord says they lie, without the bot's token, which they do not need. */
import { GatewayError } from '@openclaw-gateway/events';
import type { InboundAttachment, OutboundAttachment } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { discordWay } from './api.ts';

const MOST_FILE_BYTES = 1024 * 1024 * 1024;
/** In one message. */
export const MOST_FILES = 10;

const file = z.looseObject({
  url: z.string().min(1),
  filename: z.string().optional(),
  content_type: z.string().nullish(),
  size: z.int().nonnegative().optional(),
});

export type DiscordFile = { readonly url: string; readonly name?: string; readonly mimeType?: string; readonly size?: number };
export type OpenFile = (file: DiscordFile, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;

export function filesOf(attachments: readonly unknown[]): DiscordFile[] {
  return attachments.flatMap((candidate) => {
    const { data } = file.safeParse(candidate);
    if (!data) return [];
    const { url, filename: name, content_type: mimeType, size } = data;
    return [{ url, ...(name && { name }), ...(mimeType && { mimeType }), ...(size !== undefined && { size }) }];
  });
}

export function attachments(files: readonly DiscordFile[], openFile: OpenFile): { readonly attachments?: readonly InboundAttachment[] } {
  if (files.length === 0) return {};
  return {
    attachments: files.map((one) => {
      const { url: _, ...said } = one;
      return { ...said, open: (signal) => openFile(one, signal) };
    }),
  };
}

export function fileOpener(apiRoot: string): OpenFile {
  const way = discordWay(apiRoot);
  return async ({ url }, signal) => {
    const response = await way.fetch(url, { signal, mostBytes: MOST_FILE_BYTES }).catch(() => {
      throw unavailable('Discord cannot be reached for the file.');
    });
    if (response.status === 200 && response.body) return response.body;
    await response.body?.cancel();
    throw unavailable(`Discord answered ${response.status} for the file.`);
  };
}

/** A message and its files as one form. */
export async function formOf(
  body: object,
  files: readonly OutboundAttachment[],
): Promise<{ readonly type: string; readonly bytes: Uint8Array }> {
  const form = new FormData();
  const listed = files.map(({ name }, id) => ({ id, filename: name }));
  form.set('payload_json', JSON.stringify({ ...body, attachments: listed }));
  for (const [at, one] of files.entries()) {
    form.set(`files[${at}]`, new Blob([Uint8Array.from(await one.bytes())], { type: one.mimeType }), one.name);
  }
  const encoded = new Response(form);
  return { type: encoded.headers.get('content-type') ?? '', bytes: new Uint8Array(await encoded.arrayBuffer()) };
}

function unavailable(message: string): GatewayError {
  return new GatewayError('ATTACHMENT_UNAVAILABLE', { message });
}
