/** Files of messages: fetched from Slack when the gateway wants them, and shared with replies. */
import { GatewayError } from '@openclaw-gateway/events';
import type { InboundAttachment, OutboundAttachment } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import type { SlackApi } from './api.ts';
import { slackWay } from './api.ts';

const MOST_FILE_BYTES = 1024 * 1024 * 1024;

const file = z.looseObject({
  id: z.string().min(1),
  name: z.string().nullish(),
  mimetype: z.string().optional(),
  size: z.int().nonnegative().optional(),
  url_private_download: z.string().optional(),
  url_private: z.string().optional(),
});

/** A file that Slack holds for a message. */
export type SlackFile = { readonly url: string; readonly name?: string; readonly mimeType?: string; readonly size?: number };

/** What a message brings; what Slack no longer has, or hides, is left out. */
export function filesOf(files: readonly unknown[]): SlackFile[] {
  return files.flatMap((candidate) => {
    const { data } = file.safeParse(candidate);
    const url = data?.url_private_download ?? data?.url_private;
    if (!data || !url) return [];
    const { name, mimetype: mimeType, size } = data;
    return [{ url, ...(name && { name }), ...(mimeType && { mimeType }), ...(size !== undefined && { size }) }];
  });
}

export type OpenFile = (file: SlackFile, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;

export function attachments(files: readonly SlackFile[], openFile: OpenFile): { readonly attachments?: readonly InboundAttachment[] } {
  if (files.length === 0) return {};
  return {
    attachments: files.map((one) => {
      const { url: _, ...said } = one;
      return { ...said, open: (signal) => openFile(one, signal) };
    }),
  };
}

/** Fetches files with the bot's token, which goes to Slack's own hosts only. */
export function fileOpener(slackApiUrl: string, botToken: string): OpenFile {
  const api = new URL(slackApiUrl);
  const way = slackWay(slackApiUrl);
  return async ({ url: written, mimeType = '' }, signal) => {
    const url = URL.parse(written);
    const isSlack = url?.origin === api.origin || (url?.protocol === 'https:' && /(^|\.)slack\.com$/.test(url.hostname));
    if (!url || !isSlack) throw unavailable('The file does not lie with Slack.');
    const headers = { authorization: `Bearer ${botToken}` };
    const response = await way.fetch(url, { headers, signal, mostBytes: MOST_FILE_BYTES }).catch(() => {
      throw unavailable('Slack cannot be reached for the file.');
    });
    // Without the permission Slack answers with the page where people sign in.
    const isPage = response.headers.get('content-type')?.startsWith('text/html') === true && mimeType !== 'text/html';
    if (response.status === 200 && response.body && !isPage) return response.body;
    await response.body?.cancel();
    throw unavailable(
      isPage ? 'Slack does not give the file: the app needs the scope files:read.' : `Slack answered ${response.status} for the file.`,
    );
  };
}

/** Uploads a file and shares it in a conversation. Returns its id. Throws a CHANNEL_ code. */
export async function shareFile(
  api: SlackApi,
  slackApiUrl: string,
  { name, size, bytes }: OutboundAttachment,
  to: { readonly channel: string; readonly threadTs?: string | undefined },
  signal: AbortSignal,
): Promise<string> {
  const { upload_url: url, file_id: id } = await api.call('files.getUploadURLExternal', { filename: name, length: size }, signal);
  if (typeof url !== 'string' || typeof id !== 'string') {
    throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Slack names no address for the file.' });
  }
  const request = { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: await bytes(), signal };
  const response = await slackWay(slackApiUrl)
    .fetch(url, request)
    .catch(() => undefined);
  await response?.body?.cancel();
  // Nothing is shown before the upload is completed.
  if (response?.status !== 200) {
    throw new GatewayError('CHANNEL_UNAVAILABLE', {
      message: `Slack did not take the file (${response?.status ?? 'no answer'}).`,
      details: { mayHaveArrived: false },
    });
  }
  const { channel, threadTs } = to;
  await api.call('files.completeUploadExternal', { files: [{ id, title: name }], channel_id: channel, thread_ts: threadTs }, signal);
  return id;
}

function unavailable(message: string): GatewayError {
  return new GatewayError('ATTACHMENT_UNAVAILABLE', { message });
}
