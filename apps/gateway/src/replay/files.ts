/** The files of a recording: what is known of them is, their bytes are not needed, and may be gone. */
import { type Attachment, GatewayError } from '@openclaw-gateway/events';
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import type { Attachments } from '../attachments/index.ts';
import { NO_ATTACHMENTS } from '../attachments/none.ts';

type RecordedFile = InboundAttachment & { readonly recorded: Attachment };

export function recordedFile(recorded: Attachment): RecordedFile {
  const { name, mimeType, size } = recorded;
  return { name, mimeType, size, recorded, open: () => Promise.reject(new GatewayError('ATTACHMENT_GONE')) };
}

/** Takes them as they were taken then. */
export const RECORDED_ATTACHMENTS: Attachments = {
  ...NO_ATTACHMENTS,
  take: async (files) => ({ attachments: files.map((file) => (file as RecordedFile).recorded), release: () => undefined }),
};
