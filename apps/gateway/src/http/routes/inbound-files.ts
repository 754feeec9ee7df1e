/** Files in the body of a request, in base64. */
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { defined, text } from '../validate.ts';

const BASE64 = 'the bytes in base64';
export const base64 = z
  .string({ error: BASE64 })
  .refine((data) => data.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(data), { error: BASE64 })
  .transform((data) => Buffer.from(data, 'base64'));

export const fileNames = {
  name: text(1024, 'the name of the file').optional(),
  mimeType: text(255, 'a media type').optional(),
};

export const attachmentBody = z.object({ ...fileNames, data: base64 }, { error: 'an object' });
export const MOST_FILES = 20;
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
  return { size: data.length, ...defined({ name, mimeType }), open: async () => bytes() };
}
