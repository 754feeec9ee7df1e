/** WhatsApp through Meta's Cloud API: a webhook in, the Graph API out. */
import { type ChannelAccount, type ChannelContext, defineChannel, type Inbound, type Peer } from '@openclaw-gateway/sdk';
import { rememberIn } from '../parts.ts';
import { type Graph, graphApi } from './api.ts';
import { config, type WhatsAppConfig } from './config.ts';
import { fileOpener } from './files.ts';
import { nameOf, probeWhatsApp } from './probe.ts';
import { createSender } from './send.ts';
import { webhookReceiver } from './webhook.ts';

const MOST_CHATS = 1_000;
/** WhatsApp shows it for 25 seconds. */
const TYPING_EVERY_MS = 20_000;

export default defineChannel({
  id: 'whatsapp',
  config,
  capabilities: { idempotency: 'none', connection: 'none' },
  start,
  probe: probeWhatsApp,
});

/** The newest message of each chat: what is marked as read while an answer is written. */
type Newest = Map<string, { readonly messageId: string; shownAt: number }>;

async function start(context: ChannelContext<WhatsAppConfig>): Promise<ChannelAccount> {
  const graph = graphApi(context.config);
  const self = await graph.get('display_phone_number,verified_name', context.signal);
  context.connected(nameOf(self));
  const newest: Newest = new Map();
  let lastCallAt: number | undefined;
  let tokenExpiresAt: number | undefined;
  // Nothing waits for it.
  void graph.tokenFacts(context.signal).then(
    (facts) => {
      tokenExpiresAt = expiryOf(facts);
    },
    () => undefined,
  );
  const name = typeof self['verified_name'] === 'string' ? { name: self['verified_name'] } : {};
  const receiving = { ...context, openFile: fileOpener(graph, context.config), ...name };
  const onMessage = ({ peer, externalId = '' }: Inbound) => {
    // In groups WhatsApp knows no such mark.
    if (peer.kind === 'direct') rememberIn(newest, peer.id, { messageId: externalId, shownAt: Number.NEGATIVE_INFINITY }, MOST_CHATS);
  };
  const webhook = webhookReceiver(receiving, onMessage, () => {
    lastCallAt = Date.now();
  });
  return {
    webhook,
    send: createSender(graph, (to, answered) => to.kind === 'group' || (newest.get(to.id)?.messageId ?? answered) !== answered),
    typing: (to, signal) => showTyping(graph, newest, to, signal),
    probe: (signal, onStep) => probeWhatsApp(context.config, signal, onStep),
    facts: () => ({
      version: context.config.apiVersion,
      webhook: lastCallAt === undefined ? {} : { lastCallAt },
      ...(tokenExpiresAt !== undefined && { tokenExpiresAt }),
    }),
    stop: async () => {},
  };
}

/** In milliseconds since 1970; nothing for a token that does not expire, or where Meta does not say. */
function expiryOf({ data }: Readonly<Record<string, unknown>>): number | undefined {
  const expires = typeof data === 'object' && data !== null ? (data as { readonly expires_at?: unknown }).expires_at : undefined;
  return typeof expires === 'number' && expires > 0 ? expires * 1000 : undefined;
}

async function showTyping(graph: Graph, newest: Newest, to: Peer, signal: AbortSignal): Promise<void> {
  const last = newest.get(to.id);
  const now = performance.now();
  if (!last || now - last.shownAt < TYPING_EVERY_MS) return;
  last.shownAt = now;
  await graph.post({ status: 'read', message_id: last.messageId, typing_indicator: { type: 'text' } }, signal);
}
