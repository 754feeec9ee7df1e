/** A whole gateway and what WhatsApp reports of its replies after it took them. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { startWhatsApp, type WhatsAppServer } from '../../../../../e2e/stand-ins/whatsapp.ts';
import { PATIENCE, runGateway } from '../testing/run-gateway.ts';

type Letters = {
  readonly rows: readonly { readonly messageId: string; readonly problem?: { readonly code: string; readonly message: string } }[];
};

async function run() {
  let url = '';
  const server = await startWhatsApp({ webhook: () => `${url}/webhooks/whatsapp/default` });
  onTestFinished(() => server.close());
  const gateway = await runGateway({ whatsapp: { ...server.config, dmPolicy: 'open' } });
  url = gateway.url();
  await gateway.untilConnected();
  return { server, ...gateway };
}

async function sent(server: WhatsAppServer, times: number) {
  await vi.waitFor(() => expect(server.sent).toHaveLength(times), PATIENCE);
  return server.sent[times - 1] as WhatsAppServer['sent'][number];
}

test('A6 a reply that WhatsApp reports as failed for a passing reason is sent again', async () => {
  const { server, json } = await run();
  server.say({ text: 'hello' });
  const first = await sent(server, 1);
  for (const _ of [1, 2]) server.reportFailed(first, { code: 131016, title: 'Service unavailable' });
  const second = await sent(server, 2);
  expect(second.text).toBe(first.text);
  const messageId = first.deliveryId.split(':')[1] ?? '';
  await vi.waitFor(async () => {
    const { rows } = (await json('events', 'list', '-q', `type:message.delivered correlation:${messageId}`)) as unknown as {
      rows: object[];
    };
    expect(rows).toHaveLength(2);
  }, PATIENCE);
  await vi.waitFor(() => expect(server.untaken()).toBe(0), PATIENCE);
  expect(server.sent).toHaveLength(2);
});

test('A6 one that WhatsApp can never deliver is a dead letter with the reason and what to do, after a restart too', async () => {
  const { server, cli, json, restart } = await run();
  server.say({ text: 'hello' });
  const first = await sent(server, 1);
  await restart();
  for (const _ of [1, 2]) server.reportFailed(first, { code: 131026, title: 'Message undeliverable' });
  const letters = async () => ((await json('channels', 'dead-letters', 'list', '--channel', 'whatsapp')) as unknown as Letters).rows;
  await vi.waitFor(async () => expect(await letters()).toHaveLength(1), PATIENCE);
  const [letter] = await letters();
  expect(letter?.problem?.message).toMatch(/code 131026: Message undeliverable\. Scripted details\. The number may not be on WhatsApp/);
  const shown = await cli('channels', 'dead-letters', 'show', letter?.messageId ?? '');
  expect(shown.stdout).toContain('message.undelivered');
  await cli('channels', 'dead-letters', 'resubmit', letter?.messageId ?? '');
  expect((await sent(server, 2)).text).toBe(first.text);
  await vi.waitFor(async () => expect(await letters()).toEqual([]), PATIENCE);
});
