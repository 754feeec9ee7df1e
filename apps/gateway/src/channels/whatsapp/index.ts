/** WhatsApp through Meta's Cloud API: a webhook in, the Graph API out. */
import { GatewayError } from '@openclaw-gateway/events';
import { type ChannelAccount, type ChannelContext, defineChannel, type Outbound, type Peer } from '@openclaw-gateway/sdk';
import { createPartSender, rememberIn } from '../parts.ts';
import { toWhatsApp } from '../text/whatsapp.ts';
import { type Graph, graphApi } from './api.ts';
import { config, type WhatsAppConfig } from './config.ts';
import { nameOf, probeWhatsApp } from './probe.ts';
import { webhookReceiver } from './webhook.ts';

const MOST_CHATS = 1_000;
/** WhatsApp shows it for 25 seconds. */
const TYPING_EVERY_MS = 20_000;

export default defineChannel({
  id: 'whatsapp',
  config,
  capabilities: { idempotency: 'none' },
  start,
  probe: probeWhatsApp,
});

/** The newest message of each chat: what is marked as read while an answer is written. */
type Newest = Map<string, { readonly messageId: string; shownAt: number }>;

async function start(context: ChannelContext<WhatsAppConfig>): Promise<ChannelAccount> {
  const graph = graphApi(context.config);
  context.connected(nameOf(await graph.get('display_phone_number,verified_name', context.signal)));
  const newest: Newest = new Map();
  const webhook = webhookReceiver(context, ({ peer, externalId = '' }) =>
    rememberIn(newest, peer.id, { messageId: externalId, shownAt: Number.NEGATIVE_INFINITY }, MOST_CHATS),
  );
  return {
    webhook,
    send: createSender(graph),
    typing: (to, signal) => showTyping(graph, newest, to, signal),
    probe: (signal) => probeWhatsApp(context.config, signal),
    stop: async () => {},
  };
}

function createSender(graph: Graph): ChannelAccount['send'] {
  const sendParts = createPartSender();
  return async ({ deliveryId, to, text }: Outbound, signal: AbortSignal) => {
    const parts = toWhatsApp(text).filter((part) => part.trim() !== '');
    if (parts.length === 0) throw new GatewayError('CHANNEL_REFUSED', { message: 'WhatsApp takes no empty message.' });
    return await sendParts(deliveryId, parts, async (body) => {
      const recipient = { recipient_type: to.kind === 'group' ? 'group' : 'individual', to: to.id };
      // It comes back with what WhatsApp reports of the message.
      const sent = await graph.post(
        { ...recipient, type: 'text', text: { body, preview_url: false }, biz_opaque_callback_data: deliveryId },
        signal,
      );
      return messageIdOf(sent);
    });
  };
}

function messageIdOf({ messages }: Readonly<Record<string, unknown>>): string {
  const [first] = Array.isArray(messages) ? (messages as readonly { readonly id?: unknown }[]) : [];
  if (typeof first?.id === 'string') return first.id;
  throw new GatewayError('CHANNEL_UNAVAILABLE', {
    message: 'WhatsApp sent something that is not an answer.',
    details: { mayHaveArrived: true },
  });
}

async function showTyping(graph: Graph, newest: Newest, to: Peer, signal: AbortSignal): Promise<void> {
  const last = newest.get(to.id);
  const now = performance.now();
  if (!last || now - last.shownAt < TYPING_EVERY_MS) return;
  last.shownAt = now;
  await graph.post({ status: 'read', message_id: last.messageId, typing_indicator: { type: 'text' } }, signal);
}
