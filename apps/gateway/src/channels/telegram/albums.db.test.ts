/** A whole gateway to which Telegram brings albums by webhook. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { startTelegram } from '../../../../../e2e/stand-ins/telegram.ts';
import { PATIENCE, runGateway } from '../testing/run-gateway.ts';

const WEBHOOK = 'https://gateway.example/webhooks/telegram/default';

test('A1 A10 an album by webhook is one message, and a restart while it is gathered loses no part', async () => {
  let url = 'http://127.0.0.1:9';
  const server = await startTelegram({ reach: () => `${url}/webhooks/telegram/default` });
  onTestFinished(() => server.close());
  const { json, restart, untilConnected, ...gateway } = await runGateway({
    telegram: { botToken: server.token, apiRoot: server.url, dmPolicy: 'open', webhookUrl: WEBHOOK },
  });
  await untilConnected();
  url = gateway.url();
  const say = (group: string, n: number, caption?: string) =>
    server.say({ extra: { media_group_id: group, photo: [{ file_id: server.hold(Buffer.alloc(n, n)), width: 9, height: 9 }], caption } });
  type Found = { readonly rows: readonly { readonly position: number }[] };
  type Shown = { readonly data: { readonly text?: string; readonly attachments?: readonly { readonly size: number }[] } };
  const find = async (type: string) => ((await json('events', 'list', '-q', `type:${type}`, '--limit', '50')) as unknown as Found).rows;
  const albums = async () => {
    const shown = (await Promise.all(
      (await find('message.received')).map(({ position }) => json('events', 'show', String(position))),
    )) as unknown as readonly Shown[];
    return shown.map(({ data }) => [data.text, data.attachments?.map(({ size }) => size)]).toReversed();
  };

  say('one', 11, 'our trip');
  for (const n of [12, 13]) say('one', n);
  await vi.waitFor(async () => expect(await albums()).toEqual([['our trip', [11, 12, 13]]]), PATIENCE);

  say('two', 14, 'cut short');
  await server.until(() => server.unconfirmed().length === 0, 30_000);
  await restart();
  await vi.waitFor(
    async () =>
      expect(await albums()).toEqual([
        ['our trip', [11, 12, 13]],
        ['cut short', [14]],
      ]),
    PATIENCE,
  );
  say('two', 15);
  await vi.waitFor(async () => expect((await albums()).at(-1)).toEqual(['', [15]]), PATIENCE);
});
