/** What `channels status --probe` names as the cause, for each service, on a whole gateway with a stand-in of the service. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { BOT_TOKEN as DISCORD_TOKEN, type DiscordServer, startDiscord } from '../../../../e2e/stand-ins/discord.ts';
import { APP_TOKEN, BOT_TOKEN as SLACK_TOKEN, type SlackServer, startSlack } from '../../../../e2e/stand-ins/slack.ts';
import { startWebhookPeer } from '../../../../e2e/stand-ins/webhook-peer.ts';
import { startWhatsApp, type WhatsAppServer } from '../../../../e2e/stand-ins/whatsapp.ts';
import { PATIENCE, runGateway } from './testing/run-gateway.ts';

const HOOK = { secret: 'a-secret-of-the-hook-0123456789' };
const closing = <T extends { readonly close: () => Promise<void> }>(server: T): T => {
  onTestFinished(() => server.close());
  return server;
};

type Cli = (...args: string[]) => Promise<{ readonly code: number | null; readonly stdout: string }>;
type Named = { readonly step: string; readonly code: string; readonly words: string };

async function expectNamed(cli: Cli, { step, code, words }: Named, secrets: readonly string[]) {
  const { code: exit, stdout } = await cli('channels', 'status', '--probe');
  expect(stdout).toMatch(new RegExp(`✗ ${step} \\(\\d+ ms\\)`));
  expect(stdout).toContain(`${code}: `);
  expect(stdout).toContain(words);
  expect(stdout).toContain('What to do: ');
  for (const secret of secrets) expect(stdout).not.toContain(secret);
  expect(exit).toBe(1);
}

async function expectWell(cli: Cli, steps: readonly string[]) {
  const { code, stdout } = await cli('channels', 'status', '--probe');
  for (const step of steps) expect(stdout).toMatch(new RegExp(`✓ ${step} \\(\\d+ ms\\)`));
  expect(stdout).not.toContain('✗');
  expect(code).toBe(0);
}

const ALL = ['connect', 'clock', 'auth', 'permissions', 'receive'];
const whatsapp = (server: WhatsAppServer) => ({ ...server.config, dmPolicy: 'open' });

test('B12 a probe of WhatsApp takes each step and finds all well', async () => {
  const server = closing(await startWhatsApp({ webhook: () => 'http://127.0.0.1:9' }));
  const { cli, untilConnected } = await runGateway({ whatsapp: whatsapp(server) });
  await untilConnected();
  await expectWell(cli, ALL);
});

test.each([
  ['a wrong token', () => {}, { accessToken: 'EAAwrong' }, { step: 'auth', code: 'CHANNEL_UNAUTHORIZED', words: '190' }],
  [
    'no network',
    (server: WhatsAppServer) => server.close(),
    {},
    { step: 'connect', code: 'CHANNEL_NO_NETWORK', words: 'the connection was refused' },
  ],
  [
    'a missing permission',
    (server: WhatsAppServer) => server.setNumber({ scopes: ['whatsapp_business_management'] }),
    {},
    { step: 'permissions', code: 'CHANNEL_FORBIDDEN', words: 'whatsapp_business_messaging' },
  ],
  [
    'a webhook that is not registered',
    (server: WhatsAppServer) => server.setNumber({ webhook: undefined }),
    {},
    { step: 'receive', code: 'CHANNEL_WEBHOOK_MISSING', words: '/webhooks/whatsapp/' },
  ],
  [
    'a clock that is off',
    (server: WhatsAppServer) => server.setClock(-600_000),
    {},
    { step: 'clock', code: 'CHANNEL_CLOCK_SKEW', words: 'ahead of' },
  ],
] as const)('B12 a probe of WhatsApp names %s', async (_, harm, more, named) => {
  const server = closing(await startWhatsApp({ webhook: () => 'http://127.0.0.1:9' }));
  const { cli } = await runGateway({ whatsapp: { ...whatsapp(server), ...more } });
  await harm(server);
  await expectNamed(cli, named, [server.config.accessToken, server.config.appSecret]);
});

const slack = (server: SlackServer) => ({ botToken: SLACK_TOKEN, appToken: APP_TOKEN, slackApiUrl: server.url, dmPolicy: 'open' });

test('B12 a probe of Slack takes each step and finds all well', async () => {
  const server = closing(await startSlack());
  const { cli, untilConnected } = await runGateway({ slack: slack(server) });
  await untilConnected();
  await expectWell(cli, ALL);
});

test.each([
  ['a wrong token', () => {}, { botToken: 'xoxb-wrong' }, { step: 'auth', code: 'CHANNEL_UNAUTHORIZED', words: 'invalid_auth' }],
  [
    'a wrong app token',
    () => {},
    { appToken: 'xapp-wrong' },
    { step: 'receive', code: 'CHANNEL_UNAUTHORIZED', words: 'apps.connections.open' },
  ],
  [
    'no network',
    (server: SlackServer) => server.close(),
    {},
    { step: 'connect', code: 'CHANNEL_NO_NETWORK', words: 'the connection was refused' },
  ],
  [
    'a missing permission',
    (server: SlackServer) => server.grant(['chat:write']),
    {},
    { step: 'permissions', code: 'CHANNEL_FORBIDDEN', words: 'im:history' },
  ],
  [
    'an app token that may not connect',
    (server: SlackServer) =>
      server.failAlways('apps.connections.open', {
        fault: 'status',
        status: 200,
        body: { ok: false, error: 'missing_scope', needed: 'connections:write' },
      }),
    {},
    { step: 'receive', code: 'CHANNEL_FORBIDDEN', words: 'connections:write' },
  ],
  [
    'a clock that is off',
    (server: SlackServer) => server.setClock(-600_000),
    {},
    { step: 'clock', code: 'CHANNEL_CLOCK_SKEW', words: 'ahead of' },
  ],
] as const)('B12 a probe of Slack names %s', async (_, harm, more, named) => {
  const server = closing(await startSlack());
  const { cli } = await runGateway({ slack: { ...slack(server), ...more } });
  await harm(server);
  await expectNamed(cli, named, [SLACK_TOKEN, APP_TOKEN]);
});

const discord = (server: DiscordServer) => ({ botToken: DISCORD_TOKEN, apiRoot: server.url, dmPolicy: 'open' });

test('B12 a probe of Discord takes each step and finds all well', async () => {
  const server = closing(await startDiscord());
  const { cli, untilConnected } = await runGateway({ discord: discord(server) });
  await untilConnected();
  await expectWell(cli, ALL);
});

test.each([
  ['a wrong token', {}, () => {}, { botToken: 'wrong' }, { step: 'auth', code: 'CHANNEL_UNAUTHORIZED', words: '401' }],
  [
    'no network',
    {},
    (server: DiscordServer) => server.close(),
    {},
    { step: 'connect', code: 'CHANNEL_NO_NETWORK', words: 'the connection was refused' },
  ],
  [
    'a missing permission',
    { messageContent: false },
    () => {},
    {},
    { step: 'permissions', code: 'CHANNEL_FORBIDDEN', words: 'Message Content Intent' },
  ],
  [
    'that no session can be begun today',
    {},
    (server: DiscordServer) =>
      server.failAlways('GET /gateway/bot', {
        fault: 'status',
        status: 200,
        body: { url: 'ws://x', session_start_limit: { remaining: 0, reset_after: 60_000 } },
      }),
    {},
    { step: 'receive', code: 'CHANNEL_RATE_LIMITED', words: 'as many sessions as Discord allows' },
  ],
  [
    'a clock that is off',
    {},
    (server: DiscordServer) => server.setClock(600_000),
    {},
    { step: 'clock', code: 'CHANNEL_CLOCK_SKEW', words: 'behind' },
  ],
] as const)('B12 a probe of Discord names %s', async (_, options, harm, more, named) => {
  const server = closing(await startDiscord(options));
  const { cli } = await runGateway({ discord: { ...discord(server), ...more } });
  await harm(server);
  await expectNamed(cli, named, [DISCORD_TOKEN]);
});

test('B12 webhooks are probed, too: whether calls are taken, and the way to where replies are brought', async () => {
  const peer = closing(await startWebhookPeer({ hooks: () => 'http://127.0.0.1:9', ...HOOK }));
  const { cli } = await runGateway({}, { hooks: { entries: { silent: HOOK, deploy: { ...HOOK, replyUrl: peer.url } } } });
  await expectWell(cli, ['connect', 'clock', 'receive']);
  const { stdout } = await cli('channels', 'status', '--probe', '--channel', 'webhook');
  for (const name of ['deploy', 'silent']) {
    expect(stdout).toContain(`Probe webhook/${name}: ok`);
    expect(stdout).toContain(`POST /hooks/${name}`);
  }
  expect(peer.replies).toEqual([]);
});

test.each([
  ['no network', {}, 'close', { step: 'connect', code: 'CHANNEL_NO_NETWORK', words: 'the connection was refused' }],
  ['a clock that is off', {}, 'skew', { step: 'clock', code: 'CHANNEL_CLOCK_SKEW', words: 'ahead of' }],
  [
    'webhooks that are switched off',
    { enabled: false },
    'nothing',
    { step: 'receive', code: 'CHANNEL_WEBHOOK_MISSING', words: 'hooks.enabled' },
  ],
] as const)('B12 a probe of webhooks names %s', async (_, more, harm, named) => {
  const date = harm === 'skew' ? { date: new Date(Date.now() - 600_000).toUTCString() } : {};
  const server = createServer((_request, response) => response.writeHead(405, date).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const replyUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/replies`;
  onTestFinished(() => void server.close());
  const { cli } = await runGateway({}, { hooks: { ...more, entries: { deploy: { ...HOOK, replyUrl } } } });
  if (harm === 'close') await new Promise((resolve) => server.close(resolve));
  await expectNamed(cli, named, [HOOK.secret]);
});

test('A2 in a group of WhatsApp only what speaks to the agent is answered', async () => {
  let door = 'http://127.0.0.1:9';
  const server = closing(await startWhatsApp({ webhook: () => `${door}/webhooks/whatsapp/default` }));
  const { url, untilConnected } = await runGateway({ whatsapp: { ...whatsapp(server), groupPolicy: 'open' } });
  await untilConnected();
  door = url();
  const group = { group_id: 'Y2FwaV9ncm91cDox' };
  server.say({ text: 'among ourselves', extra: group });
  server.say({ text: 'yes', extra: { ...group, context: { from: '15550783881', id: 'wamid.0' } } });
  server.say({ text: '@Stand-in hello', extra: group });
  await vi.waitFor(() => expect(server.sent).toHaveLength(2), PATIENCE);
  expect(server.sent.map(({ to, recipient, text }) => [to, recipient, text])).toEqual([
    [group.group_id, 'group', expect.stringContaining('yes')],
    [group.group_id, 'group', expect.stringContaining('hello')],
  ]);
});
