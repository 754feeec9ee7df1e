import { startWebhookPeer } from '../../stand-ins/webhook-peer.ts';
import type { Rig } from '../rig.ts';

const SECRET = 'a-secret-of-the-webhooks-0123456789';
const MOST_SENDERS = 20;

/** Each sender has a hook of its own, whose replies come back to it. */
export async function webhook(gateway: () => string | undefined): Promise<Rig> {
  const peer = await startWebhookPeer({ hooks: () => `${gateway() ?? 'http://127.0.0.1:9'}/hooks`, secret: SECRET });
  const hooks = Array.from({ length: MOST_SENDERS }, (_, index) => [`s${index + 1}`, { secret: SECRET, replyUrl: peer.url }] as const);
  let newest = 's1';
  return {
    settings: { hooks: { entries: Object.fromEntries(hooks) } },
    say: (sender, text) => {
      newest = `s${sender}`;
      peer.call(newest, { text });
    },
    repeat: () => peer.repeat(newest),
    untaken: peer.untaken,
    answers: () =>
      peer.replies.map(({ hook, text, deliveryId, isGenuine }) => ({
        sender: Number(hook.slice(1)),
        text: isGenuine ? text : `not genuine: ${text}`,
        key: deliveryId,
      })),
    faults: {
      'replies are answered with 503': () => peer.fail({ status: 503 }),
      'replies are answered with 429': () => peer.fail({ status: 429, retryAfterSeconds: 1 }),
      'the connection breaks before a reply': () => peer.fail('drop'),
      'the connection breaks after a reply': () => peer.fail('drop-after'),
      'all connections break': peer.dropConnections,
    },
    close: peer.close,
  };
}
