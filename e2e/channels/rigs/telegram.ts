import { startTelegram } from '../../stand-ins/telegram.ts';
import type { Rig } from '../rig.ts';

const FIRST_ID = 5_000;
const LATEST = 20;

/** By long polling. */
export const telegram = (): Promise<Rig> => startRig(() => undefined, false);

/** By webhook. */
export const telegramWebhook = (gateway: () => string | undefined): Promise<Rig> => startRig(gateway, true);

async function startRig(gateway: () => string | undefined, byWebhook: boolean): Promise<Rig> {
  const server = await startTelegram({ reach: (url) => `${gateway() ?? 'http://127.0.0.1:9'}${new URL(url).pathname}` });
  let said = 0;
  const status = (code: number, retryAfterSeconds?: number) =>
    server.fail('sendMessage', { fault: 'status', status: code, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
  const receiving = {
    'polls are answered with 502': () => server.fail('getUpdates', { fault: 'status', status: 502 }),
    'polls are answered with 429': () => server.fail('getUpdates', { fault: 'status', status: 429, retryAfterSeconds: 1 }),
  };
  return {
    settings: {
      channels: {
        telegram: {
          botToken: server.token,
          apiRoot: server.url,
          dmPolicy: 'open',
          ...(byWebhook && { webhookUrl: 'https://gateway.example/webhooks/telegram/default' }),
        },
      },
    },
    say: (sender, text) => {
      server.say({ text, fromId: FIRST_ID + sender });
      said++;
    },
    // The stand-in numbers its updates from 1000.
    repeat: () => server.repeat(1000 + Math.max(0, said - 1 - Math.floor(Math.random() * LATEST))),
    untaken: () => server.unconfirmed().length,
    answers: () => server.sent.map(({ chatId, text }) => ({ sender: Number(chatId) - FIRST_ID, text })),
    faults: {
      'sends are answered with 502': () => status(502),
      'sends are answered with 429': () => status(429, 1),
      'the connection breaks before a send': () => server.fail('sendMessage', { fault: 'drop' }),
      'the connection breaks after a send': () => server.fail('sendMessage', { fault: 'drop-after' }),
      'all connections break': server.dropConnections,
      'typing fails': () => server.fail('sendChatAction', { fault: 'status', status: 500 }),
      // By a webhook one comes at a time: the order is the service's.
      ...(byWebhook ? {} : { 'updates come in reverse': () => server.reorder(true), ...receiving }),
    },
    close: server.close,
  };
}
