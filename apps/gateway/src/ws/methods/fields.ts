/** Parameters that several methods share. */
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { base64, fileNames, inboundFile, MOST_FILES, MOST_FILES_BYTES, TOO_MANY_FILES } from '../../attachments/in-body.ts';

export const sessionKey = z.string().trim().min(1).max(512);
export const agentId = z.string().min(1).max(128);
export const idempotencyKey = z.string().trim().min(1).max(256);
export const runId = z.string().min(1).max(256);
/** A timer cannot wait longer than 2³¹ milliseconds. */
export const timeoutMs = z.int().nonnegative().max(2_147_483_647);

const FILE = '{ name, mimeType, data } with the bytes in base64';
const file = z
  .object(
    {
      ...fileNames,
      data: z.string().optional(),
      // What other clients of the protocol call them.
      fileName: fileNames.name,
      content: z.string().optional(),
      type: z.string().max(64).optional(),
    },
    { error: FILE },
  )
  .transform(({ name, fileName, mimeType, data, content }, context): InboundAttachment => {
    const written = data ?? content;
    const bytes = written === undefined ? undefined : base64.safeParse(written.replace(/^data:[^,]{0,255};base64,/, '')).data;
    if (bytes) return inboundFile({ data: bytes, name: name ?? fileName, mimeType });
    context.addIssue({ code: 'custom', message: FILE });
    return z.NEVER;
  });
/** Files of a message; as much as by HTTP. */
export const attachments = z
  .array(file, { error: TOO_MANY_FILES })
  .max(MOST_FILES, { error: TOO_MANY_FILES })
  .refine((files) => files.reduce((sum, { size = 0 }) => sum + size, 0) <= MOST_FILES_BYTES, {
    error: `files of at most ${MOST_FILES_BYTES} bytes in all`,
  })
  .optional();

/** Named by the protocol, but not something this gateway can do: refused rather than silently dropped. */
export const unsupported = z.undefined({ error: 'is not supported by this gateway' }).optional();
