import { APP_TOKEN, BOT_TOKEN, startSlack } from '../../stand-ins/slack.ts';
import type { Rig } from '../rig.ts';

const LATEST = 20;

/** By Socket Mode: some write directly, some in a channel of their own, some in a thread. */
export async function slack(): Promise<Rig> {
  const server = await startSlack({ redeliverMs: 1_000 });
  const roots = new Map<number, string>();
  const placeOf = (sender: number) => {
    if (sender % 3 === 1) return { channel: `D${sender}` };
    if (sender % 3 === 2) return { channel: `C${sender}` };
    const threadTs =
      roots.get(sender) ?? server.say({ channel: `C${sender}`, text: 'a beginning', user: 'UBOT', extra: { bot_id: 'BBOT' } });
    roots.set(sender, threadTs);
    return { channel: `C${sender}`, threadTs };
  };
  const post = 'chat.postMessage';
  const status = (method: string, code: number) => server.fail(method, { fault: 'status', status: code, retryAfterSeconds: 1 });
  return {
    settings: {
      channels: {
        slack: {
          botToken: BOT_TOKEN,
          appToken: APP_TOKEN,
          slackApiUrl: server.url,
          dmPolicy: 'open',
          groupPolicy: 'open',
          requireMention: false,
        },
      },
    },
    say: (sender, text) => void server.say({ text, user: `U${sender}`, ...placeOf(sender) }),
    repeat: () => server.repeat(1 + Math.floor(Math.random() * LATEST)),
    untaken: server.unacknowledged,
    answers: () =>
      server.sent.map(({ channel, threadTs, text }) => {
        const sender = Number(channel.slice(1));
        // An answer at the wrong place counts as one to somebody else.
        return { sender: roots.get(sender) === threadTs ? sender : 0, text };
      }),
    faults: {
      'sends are answered with 503': () => status(post, 503),
      'sends are answered with 429': () => status(post, 429),
      'Slack has an internal error': () =>
        server.fail(post, { fault: 'status', status: 200, body: { ok: false, error: 'internal_error' } }),
      'the connection breaks before a send': () => server.fail(post, { fault: 'drop' }),
      'the connection breaks after a send': () => server.fail(post, { fault: 'drop-after' }),
      'the look for a reply fails': () => {
        server.fail(post, { fault: 'drop-after' });
        status('conversations.history', 503);
        status('conversations.replies', 429);
      },
      'all connections break': server.dropConnections,
      'connecting fails': () => {
        server.fail('apps.connections.open', { fault: 'status', status: 502 });
        server.dropConnections();
      },
      'Slack asks for a new connection': () => server.refresh(),
      'events come in reverse': () => server.reorder(true),
    },
    close: server.close,
  };
}
