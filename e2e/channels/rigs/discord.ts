import { BOT_TOKEN, startDiscord } from '../../stand-ins/discord.ts';
import type { Rig } from '../rig.ts';

const LATEST = 20;
const MOST_SENDERS = 20;
const userOf = (sender: number) => `6000000000000000${String(sender).padStart(2, '0')}`;
const placeOf = (sender: number) => `5000000000000000${String(sender).padStart(2, '0')}`;

/** By the gateway: some write directly, the others in a channel or a thread of the server. */
export async function discord(): Promise<Rig> {
  const server = await startDiscord({ heartbeatMs: 200 });
  const threads = new Map<number, string>();
  const channelOf = (sender: number): string => {
    if (sender % 3 === 1) return `7${userOf(sender).slice(1)}`;
    if (sender % 3 === 2) return placeOf(sender);
    const thread = threads.get(sender) ?? server.openThread(placeOf(0));
    threads.set(sender, thread);
    return thread;
  };
  const senders = Array.from({ length: MOST_SENDERS }, (_, index) => index + 1);
  const senderOf = new Map<string, number>();
  const post = 'POST /channels/:id/messages';
  const status = (method: string, code: number, body: object = {}) => server.fail(method, { fault: 'status', status: code, body });
  return {
    // Those who may write are listed: their direct conversations are looked into after an outage.
    settings: {
      channels: { discord: { botToken: BOT_TOKEN, apiRoot: server.url, allowFrom: senders.map(userOf), requireMention: false } },
    },
    say: (sender, text) => {
      const channelId = channelOf(sender);
      senderOf.set(channelId, sender);
      server.say({ text, userId: userOf(sender), channelId });
    },
    repeat: () => server.repeat(1 + Math.floor(Math.random() * LATEST)),
    untaken: () => (server.isAcknowledged() ? 0 : 1),
    answers: () => server.sent.map(({ channelId, text }) => ({ sender: senderOf.get(channelId) ?? 0, text })),
    faults: {
      'sends are answered with 503': () => status(post, 503),
      'sends are answered with 429': () => status(post, 429, { retry_after: 0.5, global: false }),
      'everything is answered with 429': () => status(post, 429, { retry_after: 0.5, global: true }),
      'the connection breaks before a send': () => server.fail(post, { fault: 'drop' }),
      'the connection breaks after a send': () => server.fail(post, { fault: 'drop-after' }),
      'the connection breaks after a send that no nonce protects': () => {
        server.fail(post, { fault: 'drop-after' });
        server.forgetNonces();
      },
      'all connections break': server.dropConnections,
      'Discord asks for a new connection': () => server.tell(7),
      'the session is over': () => {
        server.forgetSessions();
        server.tell(9, false);
      },
      'the session is over and cannot be resumed': () => {
        server.forgetSessions();
        server.dropConnections();
      },
    },
    close: server.close,
  };
}
