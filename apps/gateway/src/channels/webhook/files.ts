/** Files of webhooks: those that a call names are fetched, those of a reply go along with it. */
import { GatewayError } from '@openclaw-gateway/events';
import type { InboundAttachment, OutboundAttachment } from '@openclaw-gateway/sdk';
import { egress } from '../../operations/egress/index.ts';

const MOST_FILE_BYTES = 100 * 1024 * 1024;
/** Of all files of a reply, before they are written in base64. */
export const MOST_REPLY_BYTES = 8 * 1024 * 1024;

/** A file that lies where a call says. Content named the address: it may be on the internet only, or where networkIsolation allows it. */
export function fileAt({
  url,
  name,
  mimeType,
}: {
  readonly url: string;
  readonly name?: string;
  readonly mimeType?: string;
}): InboundAttachment {
  return {
    name: name ?? nameOf(url),
    ...(mimeType !== undefined && { mimeType }),
    open: async (signal) => {
      const response = await egress
        .to()
        .fetch(url, { signal, mostBytes: MOST_FILE_BYTES })
        .catch((thrown: unknown) => {
          const isRefused = thrown instanceof GatewayError && thrown.code === 'EGRESS_REFUSED';
          throw unavailable(isRefused ? thrown.message : 'The address of the file cannot be reached.');
        });
      if (response.status === 200 && response.body) return response.body;
      await response.body?.cancel();
      throw unavailable(`The address of the file answered ${response.status}.`);
    },
  };
}

function nameOf(url: string): string {
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? '';
  return last === '' ? 'file' : last;
}

type ReplyFile = { readonly name: string; readonly mimeType: string; readonly size: number; readonly data?: string };

/** The files as they stand in a reply; one for which there is no room stands there without its bytes. */
export async function filesOfReply(files: readonly OutboundAttachment[]): Promise<readonly ReplyFile[]> {
  let room = MOST_REPLY_BYTES;
  const written: ReplyFile[] = [];
  for (const { name, mimeType, size, bytes } of files) {
    const fits = size <= room;
    if (fits) room -= size;
    written.push({ name, mimeType, size, ...(fits && { data: Buffer.from(await bytes()).toString('base64') }) });
  }
  return written;
}

function unavailable(message: string): GatewayError {
  return new GatewayError('ATTACHMENT_UNAVAILABLE', { message });
}
