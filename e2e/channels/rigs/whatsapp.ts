import { startWhatsApp } from '../../stand-ins/whatsapp.ts';
import type { Rig } from '../rig.ts';

const FIRST_NUMBER = 16_505_550_000;
const LATEST = 20;

export async function whatsapp(gateway: () => string | undefined): Promise<Rig> {
  const server = await startWhatsApp({
    webhook: () => `${gateway() ?? 'http://127.0.0.1:9'}/webhooks/whatsapp/default`,
    statuses: true,
  });
  const ids: string[] = [];
  const error = (status: number, code: number, retryAfterSeconds?: number) =>
    server.fail({ fault: 'error', status, code, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
  return {
    settings: { channels: { whatsapp: { ...server.config, dmPolicy: 'open' } } },
    say: (sender, text) => void ids.push(server.say({ text, from: String(FIRST_NUMBER + sender) })),
    repeat: () => {
      const id = ids.at(-1 - Math.floor(Math.random() * Math.min(LATEST, ids.length)));
      if (id) server.repeat(id);
    },
    untaken: server.untaken,
    answers: () => server.sent.map(({ to, text }) => ({ sender: Number(to) - FIRST_NUMBER, text })),
    faults: {
      'sends are answered with 503': () => error(503, 2),
      'too many messages a second (130429)': () => error(400, 130429, 1),
      'too many messages to one person (131056)': () => error(400, 131056, 1),
      'the connection breaks before a send': () => server.fail({ fault: 'drop' }),
      'the connection breaks after a send': () => server.fail({ fault: 'drop-after' }),
      'all connections break': server.dropConnections,
      'something unreadable is brought': () => server.push({ messages: [{ id: 'x' }], statuses: [{ nothing: true }] }),
    },
    close: server.close,
  };
}
