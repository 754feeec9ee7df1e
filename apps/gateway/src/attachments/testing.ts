/** A folder in memory, for tests: what was stored stays, whoever dies. */
import { createHash } from 'node:crypto';
import { type Attachment, GatewayError, newId } from '@openclaw-gateway/events';
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import type { Attachments } from './index.ts';
import { NO_ATTACHMENTS } from './none.ts';
import { sniff } from './sniff.ts';

export type MemoryAttachments = Attachments & { readonly files: Map<string, Uint8Array> };

/** `step` goes around each file that is stored. */
export function memoryAttachments(
  files = new Map<string, Uint8Array>(),
  step: (store: () => Promise<void>) => Promise<void> = (store) => store(),
): MemoryAttachments {
  const keep = async (file: InboundAttachment): Promise<Attachment> => {
    const parts: Uint8Array[] = [];
    for await (const part of await file.open(new AbortController().signal)) parts.push(part);
    const bytes = Buffer.concat(parts);
    const hash = createHash('sha256').update(bytes).digest('hex');
    await step(async () => void files.set(hash, bytes));
    const { mimeType } = await sniff(bytes, {});
    return { id: newId('attachment'), name: file.name ?? 'file', mimeType, size: bytes.length, hash };
  };
  return {
    ...NO_ATTACHMENTS,
    files,
    take: async (inbound) => ({ attachments: await Promise.all(inbound.map(keep)), release: () => undefined }),
    read: async ({ hash = '' }) => {
      const bytes = files.get(hash);
      if (!bytes) throw new GatewayError('ATTACHMENT_GONE');
      return Buffer.from(bytes);
    },
  };
}

/** A file as a channel hands it over. */
export function textFile(content: string | Uint8Array, over: Partial<InboundAttachment> = {}): InboundAttachment {
  async function* bytes() {
    yield Buffer.from(content);
  }
  return { name: 'note.txt', mimeType: 'text/plain', size: content.length, open: async () => bytes(), ...over };
}
