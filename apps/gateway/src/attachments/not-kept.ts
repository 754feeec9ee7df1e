/** Files as events refer to them. No I/O: a replay needs this, too. */
import { type Attachment, type GatewayError, newId } from '@openclaw-gateway/events';
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import { cleanName } from './name.ts';

/** Files on the disk, and as events refer to them. `release` when the event is committed, or never will be. */
export type Taken = { readonly attachments: readonly Attachment[]; readonly release: () => void };

/** What somebody says of a file. */
export type Described = { readonly [Fact in 'name' | 'mimeType' | 'size']?: InboundAttachment[Fact] | undefined };

/** A file that was not fetched, and why. */
export function notKept(file: Described, { code, message }: GatewayError): Attachment {
  const mimeType = /^[\w.+-]{1,63}\/[\w.+-]{1,63}$/.test(file.mimeType ?? '')
    ? (file.mimeType ?? '').toLowerCase()
    : 'application/octet-stream';
  const size = Number.isSafeInteger(file.size) && Number(file.size) > 0 ? Number(file.size) : 0;
  return {
    id: newId('attachment'),
    name: cleanName(file.name, mimeType),
    mimeType,
    size,
    problem: { code, message: message.slice(0, 500) },
  };
}
