import { expect, it } from 'vitest';
import { prepareGateway, until } from './gateway-process.ts';
import { startOpenAi } from './stand-ins/openai.ts';
import { startTelegram } from './stand-ins/telegram.ts';

it('A6 a reply that was being sent when the gateway was killed is sent after the restart, and says that it may be the second', async () => {
  const telegram = await startTelegram();
  try {
    const account = { botToken: telegram.token, apiRoot: telegram.url, dmPolicy: 'open', allowFrom: ['*'] };
    await using gateway = await prepareGateway({ config: { channels: { telegram: account } } });
    telegram.failAlways('sendMessage', { fault: 'hang' });
    await gateway.start();
    telegram.say({ text: 'are you there?', chatId: 7, fromId: 7 });
    await telegram.until(() => (telegram.calls.get('sendMessage') ?? 0) > 0);
    await gateway.kill();

    telegram.failAlways('sendMessage', undefined);
    await gateway.start();
    await telegram.until(() => telegram.sent.length > 0);
    expect(telegram.sent).toEqual([expect.objectContaining({ chatId: '7', text: expect.stringContaining('are you there?') })]);
    const { stdout } = await gateway.command(['events', 'list', '--type', 'delivery.uncertain', '--json']);
    expect(stdout).toContain('retry at least once');
  } finally {
    await telegram.close();
  }
});

it('A6 a reply that waited behind another one when the gateway was killed is sent after it', async () => {
  const telegram = await startTelegram();
  try {
    const account = { botToken: telegram.token, apiRoot: telegram.url, dmPolicy: 'open', allowFrom: ['*'] };
    await using gateway = await prepareGateway({ config: { channels: { telegram: account } } });
    telegram.failAlways('sendMessage', { fault: 'hang' });
    await gateway.start();
    const chats = [1, 2, 3, 4];
    for (const chatId of chats) {
      telegram.say({ text: 'first', chatId, fromId: chatId });
      telegram.say({ text: 'second', chatId, fromId: chatId });
    }
    await until('every reply to wait', async () => {
      const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/messages?status=delivering');
      return rows.length === 2 * chats.length || undefined;
    });
    await gateway.kill();

    telegram.failAlways('sendMessage', undefined);
    await gateway.start();
    await until('every message to settle', async () => {
      const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/messages?settled=false');
      return rows.length === 0 || undefined;
    });
    const { rows } = await gateway.json<{ rows: readonly { status: string; problem?: unknown }[] }>('/api/messages');
    expect(rows.map(({ status, problem }) => ({ status, problem }))).toEqual(rows.map(() => ({ status: 'delivered', problem: undefined })));
    for (const chatId of chats) {
      const texts = telegram.sent.filter((sent) => sent.chatId === String(chatId)).map(({ text }) => text);
      expect(texts).toEqual([expect.stringContaining('first'), expect.stringContaining('second')]);
    }
  } finally {
    await telegram.close();
  }
});

it('A4 A6 messages whose answers were being made when the gateway was killed are answered after the restart', async () => {
  const telegram = await startTelegram();
  const model = await startOpenAi();
  try {
    const account = { botToken: telegram.token, apiRoot: telegram.url, dmPolicy: 'open', allowFrom: ['*'] };
    const providers = { local: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } };
    const config = { channels: { telegram: account }, models: { providers }, agents: { defaults: { model: 'local/any' } } };
    await using gateway = await prepareGateway({ config });
    const chats = [1, 2, 3, 4, 5, 6, 7, 8];
    model.script(...chats.map(() => ({ fault: 'hang' }) as const));
    await gateway.start();
    for (const chatId of chats) telegram.say({ text: `question ${chatId}`, chatId, fromId: chatId });
    await until('every model call to begin', () => model.requests.length === chats.length || undefined);
    await gateway.kill();

    await gateway.start();
    await until('every message to settle', async () => {
      const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/messages?settled=false');
      return rows.length === 0 || undefined;
    });
    const { rows } = await gateway.json<{ rows: readonly { status: string; problem?: unknown }[] }>('/api/messages');
    expect(rows.map(({ status, problem }) => ({ status, problem }))).toEqual(
      chats.map(() => ({ status: 'delivered', problem: undefined })),
    );
    expect(telegram.sent.map(({ chatId }) => Number(chatId)).toSorted()).toEqual(chats);
  } finally {
    await Promise.all([telegram.close(), model.close()]);
  }
});
