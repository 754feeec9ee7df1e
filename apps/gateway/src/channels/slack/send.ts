/** Sending replies, then their files. Each message carries the id of its delivery, by which it is found again when it is not known whether it arrived. */
import { GatewayError, idToBytes, isId, toGatewayError } from '@openclaw-gateway/events';
import type { ChannelAccount, Outbound } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { toSlack } from '../text/slack.ts';
import type { SlackApi } from './api.ts';
import { destination } from './event.ts';
import { shareFile } from './files.ts';

const EVENT_TYPE = 'openclaw_delivery';
const MOST_KNOWN = 1_000;
const PAGE_SIZE = 200;
/** A reply that is not among this many pages of messages since it was asked for is not looked for any further. */
const MOST_PAGES = 20;
const CLOCK_SKEW_MS = 60_000;
const DAY_MS = 24 * 3600 * 1000;

const page = z.looseObject({
  messages: z.array(
    z.looseObject({
      ts: z.string(),
      bot_id: z.string().optional(),
      files: z.array(z.looseObject({ id: z.string(), title: z.string().optional(), size: z.number().optional() })).optional(),
      metadata: z
        .looseObject({
          event_type: z.string(),
          event_payload: z.looseObject({ delivery_id: z.string().optional(), part: z.number().optional() }),
        })
        .optional(),
    }),
  ),
  response_metadata: z.looseObject({ next_cursor: z.string().optional() }).optional(),
});

/** What is known of a delivery that has begun: the `ts` of each part that Slack took. */
type Progress = { readonly sent: Map<number, string>; uncertain: boolean };

export function createSender(api: SlackApi, slackApiUrl: string): ChannelAccount['send'] {
  const known = new Map<string, Progress>();
  return async (outbound: Outbound, signal: AbortSignal) => {
    const { channel, threadTs } = destination(outbound.to);
    const messages = toSlack(outbound.text);
    const files = outbound.attachments ?? [];
    if (messages.length + files.length === 0) throw new GatewayError('CHANNEL_REFUSED', { message: 'Slack takes no empty message.' });
    const progress = await progressOf(api, outbound, messages.length, known, signal);
    for (const [part, { text, blocks }] of messages.entries()) {
      if (progress.sent.has(part)) continue;
      const metadata = { event_type: EVENT_TYPE, event_payload: { delivery_id: outbound.deliveryId, part } };
      const message = { channel, text, blocks, metadata, unfurl_links: false, unfurl_media: false };
      const answer = await api.call('chat.postMessage', { ...message, thread_ts: threadTs }, signal).catch((thrown: unknown) => {
        progress.uncertain = toGatewayError(thrown).details?.['mayHaveArrived'] === true;
        throw thrown;
      });
      progress.sent.set(part, String(answer['ts']));
    }
    for (const [index, file] of files.entries()) {
      const part = messages.length + index;
      if (progress.sent.has(part)) continue;
      const id = await shareFile(api, slackApiUrl, file, { channel, threadTs }, signal).catch((thrown: unknown) => {
        progress.uncertain = toGatewayError(thrown).details?.['mayHaveArrived'] === true;
        throw thrown;
      });
      progress.sent.set(part, id);
    }
    known.delete(outbound.deliveryId);
    return { providerMessageId: `${channel}:${progress.sent.get(Math.max(0, messages.length - 1))}` };
  };
}

/** A first attempt begins with nothing sent; a later one knows what the earlier did, or asks Slack. */
async function progressOf(
  api: SlackApi,
  outbound: Outbound,
  texts: number,
  known: Map<string, Progress>,
  signal: AbortSignal,
): Promise<Progress> {
  const { deliveryId, attempt } = outbound;
  const remembered = known.get(deliveryId);
  const isNew = attempt <= 1 && !remembered;
  const sent = isNew || (remembered && !remembered.uncertain) ? remembered?.sent : await findSent(api, outbound, texts, signal);
  const progress = { sent: sent ?? new Map<number, string>(), uncertain: false };
  known.delete(deliveryId);
  known.set(deliveryId, progress);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return progress;
}

/** The parts of a delivery that are in the conversation. Throws when that cannot be told. */
async function findSent(
  api: SlackApi,
  { deliveryId, to, attachments = [] }: Outbound,
  texts: number,
  signal: AbortSignal,
): Promise<Map<number, string>> {
  const { channel, threadTs } = destination(to);
  const oldest = String((askedForAt(deliveryId) - CLOCK_SKEW_MS) / 1000);
  const [method, place] = threadTs === undefined ? ['conversations.history', {}] : ['conversations.replies', { ts: threadTs }];
  const sent = new Map<number, string>();
  let cursor: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const query = { channel, ...place, oldest, limit: PAGE_SIZE, include_all_metadata: true, cursor };
    const { messages, response_metadata: more } = readPage(await api.call(method, query, signal));
    for (const { ts, metadata, bot_id: bot, files = [] } of messages) {
      const payload = metadata?.event_type === EVENT_TYPE ? metadata.event_payload : undefined;
      if (payload?.delivery_id === deliveryId && payload.part !== undefined) sent.set(payload.part, ts);
      // A file carries no id of a delivery: one of this bot with the same name and size since then is taken for it.
      for (const { id, title, size } of bot === undefined ? [] : files) {
        const index = attachments.findIndex((file, at) => file.name === title && file.size === size && !sent.has(texts + at));
        if (index >= 0) sent.set(texts + index, id);
      }
    }
    cursor = more?.next_cursor || undefined;
    if (cursor === undefined) return sent;
  }
  throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Whether the reply has arrived cannot be told: too much was written since.' });
}

function readPage(answer: unknown): z.output<typeof page> {
  const parsed = page.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Slack sent something that is not a list of messages.' });
}

/** When the delivery was asked for, in milliseconds: ids of deliveries begin with it. */
function askedForAt(deliveryId: string): number {
  if (!isId('delivery', deliveryId)) return Date.now() - DAY_MS;
  return Buffer.from(idToBytes('delivery', deliveryId)).readUIntBE(0, 6);
}
