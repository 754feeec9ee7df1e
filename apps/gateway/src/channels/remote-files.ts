/** Files of messages that lie at an address: fetched when the gateway wants them, with a key only where it belongs. */
import { GatewayError } from '@openclaw-gateway/events';
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import type { Way } from '../operations/egress/index.ts';

const MOST_FILE_BYTES = 32 * 1024 * 1024;

export type RemoteFile = { readonly url: string; readonly name?: string; readonly mimeType?: string; readonly size?: number };

/** `headersFor` says what a host is shown, or `undefined` for one that is not asked. */
export type FileSource = { readonly way: Way; readonly headersFor: (url: URL) => Readonly<Record<string, string>> | undefined };

export function attachmentsOf(files: readonly RemoteFile[], source: FileSource): { readonly attachments?: readonly InboundAttachment[] } {
  if (files.length === 0) return {};
  return { attachments: files.map(({ url, ...file }) => ({ ...file, open: (signal) => open(url, source, signal) })) };
}

async function open(written: string, { way, headersFor }: FileSource, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const url = URL.parse(written);
  const headers = url && headersFor(url);
  if (!url || !headers) throw unavailable('The file lies where it is not fetched from.');
  const response = await way.fetch(url, { headers, signal, mostBytes: MOST_FILE_BYTES }).catch(() => {
    throw unavailable(`${url.host} cannot be reached for the file.`);
  });
  if (response.status === 200 && response.body) return response.body;
  await response.body?.cancel();
  throw unavailable(`${url.host} answered ${response.status} for the file.`);
}

function unavailable(message: string): GatewayError {
  return new GatewayError('ATTACHMENT_UNAVAILABLE', { message });
}
