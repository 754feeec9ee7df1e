/** A whole gateway in a channel of Slack. */
import { expect, onTestFinished, test } from 'vitest';
import { APP_TOKEN, BOT, BOT_TOKEN, startSlack } from '../../../../../e2e/stand-ins/slack.ts';
import { runGateway } from '../testing/run-gateway.ts';

test.each([
  ['own', (root: string) => `agent:main:slack:thread:C1:${root}`],
  ['parent', () => 'agent:main:slack:channel:C1'],
] as const)(
  'A10 A4 who names the bot in a channel is answered in a thread, and goes on there without naming it in the same conversation (session.threads: %s)',
  async (threads, keyOf) => {
    const server = await startSlack();
    onTestFinished(() => server.close());
    server.name('U42', 'Ada');
    const slack = { botToken: BOT_TOKEN, appToken: APP_TOKEN, slackApiUrl: server.url, groupPolicy: 'open', dmPolicy: 'open' };
    const { json, untilConnected } = await runGateway({ slack }, { session: { threads } });
    await untilConnected();
    const root = server.say({ text: `<@${BOT.userId}> hello`, channel: 'C1' });
    await server.until(() => server.sent.length === 1, 30_000);
    server.say({ text: 'and then?', channel: 'C1', threadTs: root, extra: { parent_user_id: 'U42' } });
    await server.until(() => server.sent.length === 2, 30_000);
    server.say({ text: 'flat', channel: 'D42' });
    await server.until(() => server.sent.length === 3, 30_000);
    expect(server.sent.map(({ channel, threadTs }) => [channel, threadTs])).toEqual([
      ['C1', root],
      ['C1', root],
      ['D42', undefined],
    ]);
    expect(new Set(server.statuses.map(({ threadTs }) => threadTs))).toEqual(new Set([root]));
    type Sessions = { readonly rows: readonly { readonly sessionKey: string; readonly turns: number }[] };
    const { rows } = (await json('sessions', 'list')) as unknown as Sessions;
    expect(rows.filter(({ sessionKey }) => sessionKey.includes(':C1'))).toMatchObject([{ sessionKey: keyOf(root), turns: 2 }]);
  },
);
