/** Files of messages: fetched from Telegram when the gateway wants them, and sent along with replies. */
import { GatewayError } from '@openclaw-gateway/events';
import type { InboundAttachment, OutboundAttachment } from '@openclaw-gateway/sdk';
import { type Api, InputFile } from 'grammy';
import { egress } from '../../operations/egress/index.ts';
import { telegramFailure } from './failure.ts';
import { apiSignal } from './signal.ts';
import type { TelegramFile } from './update.ts';

/** What the Bot API lets bots fetch, and takes as a picture. */
const MOST_FILE_BYTES = 20 * 1024 * 1024;
const MOST_PHOTO_BYTES = 10 * 1024 * 1024;
const PHOTOS: ReadonlySet<string> = new Set(['image/jpeg', 'image/png']);

export type OpenFile = (id: string, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;

export function attachments(files: readonly TelegramFile[], openFile: OpenFile): { readonly attachments?: readonly InboundAttachment[] } {
  if (files.length === 0) return {};
  return { attachments: files.map(({ id, ...file }) => ({ ...file, open: (signal) => openFile(id, signal) })) };
}

/** Fetches files of a bot. What goes wrong is told without the address, which holds the token. */
export function fileOpener(api: Api, { botToken, apiRoot }: { readonly botToken: string; readonly apiRoot: string }): OpenFile {
  const root = apiRoot.replace(/\/+$/, '');
  const way = egress.to(root);
  return async (id, signal) => {
    const { file_path: path } = await api.getFile(id, apiSignal(signal)).catch((thrown: unknown) => {
      throw telegramFailure(thrown);
    });
    if (!path || !/^[\w-]+(\/[\w.-]+)*$/.test(path) || path.includes('..')) throw unavailable('Telegram named no file.');
    const response = await way.fetch(`${root}/file/bot${botToken}/${path}`, { signal, mostBytes: MOST_FILE_BYTES }).catch(() => {
      throw unavailable('Telegram cannot be reached for the file.');
    });
    if (response.status !== 200 || !response.body) {
      await response.body?.cancel();
      throw unavailable(`Telegram answered ${response.status} for the file.`);
    }
    return response.body;
  };
}

export async function sendFile(
  api: Pick<Api, 'sendPhoto' | 'sendDocument'>,
  chatId: string,
  file: OutboundAttachment,
  other: { readonly message_thread_id?: number },
  signal: AbortSignal,
): Promise<{ readonly message_id: number }> {
  const upload = new InputFile(await file.bytes(), file.name);
  const asPhoto = PHOTOS.has(file.mimeType) && file.size <= MOST_PHOTO_BYTES;
  return asPhoto ? api.sendPhoto(chatId, upload, other, apiSignal(signal)) : api.sendDocument(chatId, upload, other, apiSignal(signal));
}

function unavailable(message: string): GatewayError {
  return new GatewayError('ATTACHMENT_UNAVAILABLE', { message });
}
