/** Fetches the files of a message, within what is allowed of time and size. A file that cannot be had never costs its message. */
import { type Attachment, GatewayError, MOST_ATTACHMENTS, newId, toGatewayError } from '@openclaw-gateway/events';
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import type { Config } from '../config/index.ts';
import { cleanName } from './name.ts';
import { notKept, type Taken } from './not-kept.ts';
import { sniff } from './sniff.ts';
import { type AttachmentStore, tooLarge } from './store.ts';

export type AttachmentSettings = Config['attachments'];

/** Resolves with all of them, those that could not be had with the reason. Never rejects. */
export async function take(
  store: AttachmentStore,
  files: readonly InboundAttachment[],
  settings: AttachmentSettings,
  lifetime: AbortSignal,
): Promise<Taken> {
  const signal = AbortSignal.any([lifetime, AbortSignal.timeout(settings.downloadTimeout)]);
  const attachments: Attachment[] = [];
  const pinned: string[] = [];
  for (const [index, file] of files.slice(0, MOST_ATTACHMENTS).entries()) {
    try {
      if (index >= settings.maxPerMessage) throw tooMany(settings.maxPerMessage);
      attachments.push(await takeOne(store, file, settings, signal, pinned));
    } catch (thrown) {
      attachments.push(notKept(file, problemWith(thrown, signal, settings)));
    }
  }
  return { attachments, release: () => pinned.forEach((file) => void store.release(file)) };
}

async function takeOne(
  store: AttachmentStore,
  file: InboundAttachment,
  { maxSize }: AttachmentSettings,
  signal: AbortSignal,
  pinned: string[],
): Promise<Attachment> {
  if (file.size !== undefined && file.size > maxSize) throw tooLarge(maxSize);
  signal.throwIfAborted();
  const source = await orAborted(file.open(signal), signal);
  const kept = await store.keep(until(source, signal), maxSize);
  pinned.push(kept.file);
  const { mimeType, dangerous } = await sniff(kept.head, { name: file.name ?? '', claim: file.mimeType ?? '' });
  const { hash, size } = kept;
  return { id: newId('attachment'), name: cleanName(file.name, mimeType), mimeType, size, hash, ...(dangerous && { dangerous }) };
}

/** The source for as long as there is time: it may hang without an end. */
async function* until(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let whole = false;
  try {
    for (;;) {
      const next = await orAborted(iterator.next(), signal);
      if (next.done) {
        whole = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // One that hangs would not come back from this either.
    if (!whole) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function problemWith(thrown: unknown, signal: AbortSignal, { downloadTimeout }: AttachmentSettings): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (signal.aborted && thrown === signal.reason) {
    return new GatewayError('ATTACHMENT_UNAVAILABLE', {
      message: `The file did not come within ${downloadTimeout} ms (attachments.downloadTimeout).`,
    });
  }
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new GatewayError('ATTACHMENTS_FULL', { message: 'The disk is full.' });
  // The message of an error may hold an address, and with it a token.
  return new GatewayError('ATTACHMENT_UNAVAILABLE', { cause: toGatewayError(thrown) });
}

function tooMany(limit: number): GatewayError {
  return new GatewayError('ATTACHMENTS_TOO_MANY', { message: `A message may have ${limit} files (attachments.maxPerMessage).` });
}
