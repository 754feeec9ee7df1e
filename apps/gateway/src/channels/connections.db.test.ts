/** A whole gateway with a bot API of the test, driven by the command line as an operator drives it. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { startTelegram, type TelegramServer } from '../../../../e2e/stand-ins/telegram.ts';
import { startWhatsApp } from '../../../../e2e/stand-ins/whatsapp.ts';
import { PATIENCE, runGateway as run } from './testing/run-gateway.ts';

async function bot(): Promise<TelegramServer> {
  const server = await startTelegram();
  onTestFinished(() => server.close());
  return server;
}

const telegram = (server: TelegramServer, more: object = {}) => ({
  telegram: { botToken: server.token, apiRoot: server.url, dmPolicy: 'open', ...more },
});

test('B12 channels status --probe shows each step with its time, and that all is well', async () => {
  const server = await bot();
  const { cli, untilConnected } = await run(telegram(server));
  await untilConnected();
  const { code, stdout } = await cli('channels', 'status', '--probe');
  expect(stdout).toMatch(/CHANNEL +ACCOUNT +STATE +SINCE +LAST IN +LAST OUT +QUEUE +IDENTITY/);
  expect(stdout).toMatch(/telegram +default +connected +\d+ s ago/);
  for (const step of ['connect', 'clock', 'auth', 'permissions', 'receive']) expect(stdout).toMatch(new RegExp(`✓ ${step} \\(\\d+ ms\\)`));
  expect(code).toBe(0);
});

test('C1 channels status tells the position of each account and since when it has its token, also after a restart', async () => {
  const server = await bot();
  const { cli, json, restart, untilConnected } = await run(telegram(server));
  await untilConnected();
  server.say({ text: 'hello' });
  await server.until(() => server.sent.length === 1, 30_000);
  type Shown = { readonly channels: readonly [{ readonly tokenSince?: number; readonly facts?: unknown }] };
  const shown = async () => ((await json('channels', 'status')) as unknown as Shown).channels[0];
  const before = await vi.waitFor(async () => {
    const account = await shown();
    expect(account).toMatchObject({ tokenSince: expect.any(Number), facts: { position: { name: 'update_id', value: '1000' } } });
    return account;
  }, PATIENCE);
  expect((await cli('channels', 'status')).stdout).toMatch(/telegram\/default: taken up to update_id 1000; token in use since \d/);
  await restart();
  await untilConnected();
  expect((await shown()).tokenSince).toBe(before.tokenSince);
});

test('B12 channels status --probe --send-to sends one test message to somebody who is listed, and to nobody else', async () => {
  const server = await bot();
  const { cli, json, untilConnected } = await run(telegram(server, { allowFrom: ['42'] }));
  await untilConnected();
  const probe = ['channels', 'status', '--probe', '--channel', 'telegram'];
  await cli(...probe);
  expect(server.sent).toEqual([]);
  const stranger = await cli(...probe, '--send-to', '43');
  expect(stranger.stdout).toMatch(/✗ send \(\d+ ms\)\n +SENDER_NOT_ALLOWED: /);
  expect(stranger.code).toBe(1);
  const { code, stdout } = await cli(...probe, '--send-to', '42');
  expect(stdout).toMatch(/✓ receive [\s\S]*✓ send \(\d+ ms\): dlv_/);
  expect(code).toBe(0);
  expect(server.sent).toMatchObject([{ chatId: '42', text: expect.stringContaining('Test message') }]);
  expect(JSON.stringify(await json('events', 'list', '--type', 'delivery.succeeded'))).toContain('Sent at attempt 1');
  expect((await cli('channels', 'status', '--send-to', '42')).stderr).toContain('--send-to needs --probe and --channel');
  expect((await cli(...probe, '--account', 'nobody', '--send-to', '42')).code).not.toBe(0);
  server.failAlways('getMe', { fault: 'status', status: 401 });
  expect((await cli(...probe, '--send-to', '42')).stdout).not.toContain('send (');
  expect(server.sent).toHaveLength(1);
});

test.each([
  ['a wrong token', () => {}, { botToken: '1:wrong' }, 'auth', 'CHANNEL_UNAUTHORIZED', '401'],
  ['no network', (server: TelegramServer) => server.close(), {}, 'connect', 'CHANNEL_NO_NETWORK', 'the connection was refused'],
  [
    'a missing permission',
    () => {},
    { groupPolicy: 'open', requireMention: false },
    'permissions',
    'CHANNEL_FORBIDDEN',
    'can_read_all_group_messages',
  ],
  [
    'messages that go to a webhook elsewhere',
    (server: TelegramServer) => server.setWebhook('https://elsewhere.example/hook'),
    {},
    'receive',
    'CHANNEL_WEBHOOK_MISSING',
    'elsewhere.example',
  ],
  ['a clock that is off', (server: TelegramServer) => server.setClock(-600_000), {}, 'clock', 'CHANNEL_CLOCK_SKEW', 'ahead of'],
] as const)('B12 a probe names %s as the cause, at its step, with what to do', async (_, harm, more, step, code, words) => {
  const server = await bot();
  const { cli } = await run(telegram(server, more));
  await vi.waitFor(() => expect(server.calls.get('getMe') ?? 0).toBeGreaterThan(0), PATIENCE);
  await harm(server);
  const { code: exit, stdout } = await cli('channels', 'status', '--probe');
  expect(stdout).toMatch(new RegExp(`✗ ${step} \\(\\d+ ms\\)`));
  expect(stdout).toContain(`${code}: `);
  expect(stdout).toContain(words);
  expect(stdout).toContain('What to do: ');
  expect(stdout).not.toContain(server.token);
  expect(exit).toBe(1);
});

test('A7 a paused account holds what it owes over a restart, and sends it when it is resumed', async () => {
  const server = await bot();
  const { cli, json, restart, untilConnected } = await run(telegram(server));
  await untilConnected();
  expect((await cli('channels', 'pause', 'telegram/default')).stdout).toContain('telegram/default: paused');
  server.say({ text: 'anyone there?' });
  await restart();
  expect(await json('channels', 'status')).toMatchObject({ channels: [{ state: 'paused', connected: false }] });
  expect(server.unconfirmed()).toHaveLength(1);
  await cli('channels', 'resume', 'telegram');
  await server.until(() => server.sent.length === 1, 30_000);
  expect(server.sent[0]?.text).toContain('anyone there?');
  expect((await cli('channels', 'pause', 'nobody')).stderr).toContain('No channel is called');
});

test('A3 commands are answered by the gateway itself, over a channel and over HTTP', async () => {
  const server = await bot();
  const { json, call, untilConnected } = await run(telegram(server));
  await untilConnected();
  server.say({ text: '/help' });
  await server.until(() => server.sent.length === 1, 30_000);
  expect(server.sent[0]?.text).toContain('/new – ');
  const answered = await call('/api/messages?wait=30s', { from: 'ann', text: '/status' });
  expect(await answered.json()).toMatchObject({ status: 'delivered', reply: expect.stringContaining('Nothing is being answered') });
  const events = await json('events', 'list', '--type', 'command.taken');
  expect(JSON.stringify(events)).toContain('"/help"');
});

test('A2 a stranger is told a code over the real channel and answered once an operator approves it', async () => {
  const server = await bot();
  const { cli, json, untilConnected } = await run(telegram(server, { dmPolicy: 'pairing' }));
  await untilConnected();
  server.say({ text: 'let me in', fromId: 77, fromName: 'Eve' });
  await server.until(() => server.sent.length === 1, 30_000);
  const code = /[A-Z0-9]{4}-[A-Z0-9]{4}/.exec(server.sent[0]?.text ?? '')?.[0] ?? '';
  const listed = await cli('pairing', 'list');
  expect(listed.stdout).toContain(code);
  expect(listed.stdout).toContain('Eve');
  expect((await cli('pairing', 'approve', code)).stdout).toContain('may write');
  server.say({ text: 'hello again', fromId: 77, fromName: 'Eve' });
  await server.until(() => server.sent.length === 2, 30_000);
  expect(server.sent[1]?.text).toContain('hello again');
  expect((await cli('pairing', 'approve', code)).stderr).toContain('Nobody waits under this pairing code');
  expect((await cli('pairing', 'revoke', 'telegram', '77')).code).toBe(0);
  expect(await json('route', 'explain', '--channel', 'telegram', '--from', '77')).toMatchObject({
    admission: { allowed: false, rule: 'channels.telegram.dmPolicy' },
    result: { agentId: 'main' },
  });
});

test('A6 a reply that was given up is listed, sent again once, and another is discarded', async () => {
  const server = await bot();
  const { cli, json, untilConnected } = await run(telegram(server));
  await untilConnected();
  server.failAlways('sendMessage', { fault: 'status', status: 403, description: 'Forbidden: bot was blocked by the user' });
  for (const text of ['first', 'second']) server.say({ text });
  type Letters = { readonly rows: readonly { messageId: string; reply: string }[]; readonly next?: number };
  const letters = async (...args: string[]) => (await json('channels', 'dead-letters', 'list', ...args)) as unknown as Letters;
  await vi.waitFor(async () => expect((await letters()).rows).toHaveLength(2), PATIENCE);
  const page = await letters('--limit', '1');
  expect(page.rows).toMatchObject([{ reply: expect.stringContaining('second') }]);
  const [first] = (await letters('--before', String(page.next))).rows;
  const [second] = page.rows;
  const shown = await cli('channels', 'dead-letters', 'show', first?.messageId ?? '');
  expect(shown.stdout).toContain('CHANNEL_REFUSED');
  expect(shown.stdout).toContain('delivery.attempted');

  server.failAlways('sendMessage', undefined);
  await cli('channels', 'dead-letters', 'resubmit', first?.messageId ?? '');
  await server.until(() => server.sent.length === 1, 30_000);
  expect(server.sent[0]?.text).toContain('first');
  const again = await cli('channels', 'dead-letters', 'resubmit', first?.messageId ?? '');
  expect(again.stderr + again.stdout).toContain('waits to be sent again');
  await cli('channels', 'dead-letters', 'discard', second?.messageId ?? '', '--reason', 'too late');
  await vi.waitFor(async () => expect((await letters()).rows).toEqual([]), PATIENCE);
  expect((await cli('channels', 'dead-letters', 'resubmit', second?.messageId ?? '')).stderr).toContain('waits to be sent again');
  const events = (await json('events', 'list', '--message', first?.messageId ?? '')) as unknown as {
    events?: { type: string; actor?: string }[];
  };
  expect(JSON.stringify(events)).toContain('message.resubmitted');
  expect(server.sent).toHaveLength(1);
});

test('A6 channels dead-letters list --channel gives a page of that channel alone, however many of others are newer', async () => {
  const server = await bot();
  let hook = '';
  const meta = await startWhatsApp({ webhook: () => `${hook}/webhooks/whatsapp/default` });
  onTestFinished(() => meta.close());
  server.failAlways('sendMessage', { fault: 'status', status: 403, description: 'Forbidden: bot was blocked by the user' });
  const { json, url } = await run({ ...telegram(server), whatsapp: { ...meta.config, dmPolicy: 'open' } });
  hook = url();
  const both = [{ connected: true }, { connected: true }];
  await vi.waitFor(async () => expect(await json('channels', 'status')).toMatchObject({ channels: both }), PATIENCE);
  meta.failAlways({ fault: 'error', status: 400, code: 131026 });
  type Letters = { readonly rows: readonly { readonly channel: string; readonly reply: string }[]; readonly next?: number };
  const letters = async (...args: string[]) => (await json('channels', 'dead-letters', 'list', ...args)) as unknown as Letters;
  for (const text of ['first', 'second']) {
    meta.say({ text });
    await vi.waitFor(async () => expect((await letters()).rows[0]?.reply ?? '').toContain(text), PATIENCE);
  }
  for (const text of ['third', 'fourth', 'fifth']) server.say({ text });
  await vi.waitFor(async () => expect((await letters()).rows).toHaveLength(5), PATIENCE);
  const page = await letters('--channel', 'whatsapp', '--limit', '1');
  expect(page.rows).toMatchObject([{ channel: 'whatsapp', reply: expect.stringContaining('second') }]);
  const rest = await letters('--channel', 'whatsapp', '--before', String(page.next));
  expect(rest.rows).toMatchObject([{ channel: 'whatsapp', reply: expect.stringContaining('first') }]);
});

test('A6 a reply that is held is sent again and marked, or left as it is, as an operator says', async () => {
  const server = await bot();
  const { cli, json, untilConnected } = await run(telegram(server, { delivery: 'hold' }));
  await untilConnected();
  server.failAlways('sendMessage', { fault: 'drop' });
  for (const text of ['first', 'second']) server.say({ text });
  type Events = { readonly rows: readonly { readonly correlationId: string; readonly summary: string }[] };
  const held = async () => ((await json('events', 'list', '-q', 'type:delivery.uncertain', '--limit', '10')) as unknown as Events).rows;
  await vi.waitFor(async () => expect(await held()).toHaveLength(2), PATIENCE);
  const [second, first] = await held();
  server.failAlways('sendMessage', undefined);
  const before = server.sent.length;

  await cli('channels', 'dead-letters', 'resubmit', first?.correlationId ?? '');
  await server.until(() => server.sent.length === before + 1, 30_000);
  expect(server.sent.at(-1)?.text).toContain('first');
  expect(JSON.stringify(await json('events', 'list', '-q', 'type:message.resubmitted', '--json'))).toContain(first?.correlationId ?? '?');
  await cli('channels', 'dead-letters', 'discard', second?.correlationId ?? '', '--reason', 'it arrived');
  for (const each of [first, second]) {
    expect((await cli('channels', 'dead-letters', 'resubmit', each?.correlationId ?? '')).stderr).toContain('waits to be sent again');
  }
  expect(server.sent).toHaveLength(before + 1);
});
