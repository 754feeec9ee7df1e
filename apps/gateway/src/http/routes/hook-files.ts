/** The files that a webhook's body brings, or says where they lie. */
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { base64, fileNames, inboundFile, MOST_FILES, TOO_MANY_FILES } from '../../attachments/in-body.ts';
import { fileAt } from '../../channels/webhook/files.ts';
import { defined, parse } from '../validate.ts';

const ADDRESS = 'an address that begins with https:// or http://';
const listed = z.union(
  [
    z.object({ ...fileNames, data: base64 }),
    z.object({ ...fileNames, url: z.url({ protocol: /^https?$/, error: ADDRESS }).max(2048, { error: ADDRESS }) }),
  ],
  { error: '`data` with the bytes in base64, or `url` with an address that begins with https:// or http://' },
);
const withFiles = z.object({ attachments: z.array(listed, { error: TOO_MANY_FILES }).max(MOST_FILES, { error: TOO_MANY_FILES }) });

/** Nothing where the body has no `attachments` with `data` or `url`: others call so what is none of ours. Throws BAD_REQUEST. */
export function hookFiles(rawBody: string): readonly InboundAttachment[] {
  const attachments = attachmentsIn(rawBody);
  if (!Array.isArray(attachments) || !attachments.some(isFile)) return [];
  return parse(withFiles, { attachments }).attachments.map((file) =>
    'data' in file ? inboundFile(file) : fileAt({ url: file.url, ...defined({ name: file.name, mimeType: file.mimeType }) }),
  );
}

function attachmentsIn(rawBody: string): unknown {
  try {
    const body: unknown = JSON.parse(rawBody);
    return typeof body === 'object' && body !== null ? (body as { readonly attachments?: unknown }).attachments : undefined;
  } catch {
    // Whoever makes the text of it says so.
    return undefined;
  }
}

function isFile(candidate: unknown): boolean {
  return typeof candidate === 'object' && candidate !== null && ('data' in candidate || 'url' in candidate);
}
