/** Files in the body of a request, in base64: by HTTP, over the WebSocket, from the dashboard. */
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import { z } from 'zod';

const BASE64 = 'the bytes in base64';
const NAME = 'the name of the file of 1 to 1024 characters';
const TYPE = 'a media type of 1 to 255 characters';
export const base64 = z
  .string({ error: BASE64 })
  .refine((data) => data.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(data), { error: BASE64 })
  .transform((data) => Buffer.from(data, 'base64'));

export const fileNames = {
  name: z.string({ error: NAME }).min(1, { error: NAME }).max(1024, { error: NAME }).optional(),
  mimeType: z.string({ error: TYPE }).min(1, { error: TYPE }).max(255, { error: TYPE }).optional(),
};

export const attachmentBody = z.object({ ...fileNames, data: base64 }, { error: 'an object' });
export const MOST_FILES = 20;
/** Of all files of a message: in base64 as much as a body may have. */
export const MOST_FILES_BYTES = 6 * 1024 * 1024;
export const TOO_MANY_FILES = `a list of at most ${MOST_FILES} files`;

export function inboundFile({
  data,
  name,
  mimeType,
}: {
  readonly data: Buffer;
  readonly name?: string | undefined;
  readonly mimeType?: string | undefined;
}): InboundAttachment {
  async function* bytes() {
    yield data;
  }
  return {
    size: data.length,
    ...(name !== undefined && { name }),
    ...(mimeType !== undefined && { mimeType }),
    open: async () => bytes(),
  };
}
