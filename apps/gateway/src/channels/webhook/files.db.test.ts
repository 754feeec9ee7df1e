/** Files that come with signed calls, on a whole gateway. */
import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startHttpServer } from '../../../../../e2e/stand-ins/http-server.ts';
import { PATIENCE, runGateway } from '../testing/run-gateway.ts';

const SECRET = 'a-secret-of-the-hook-0123456789';
const hooks = { entries: { deploy: { secret: SECRET } } };
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

async function service() {
  const server = await startHttpServer((request, _, response) => {
    if (request.url === '/me.png') return void response.writeHead(200, { 'content-type': 'image/png' }).end(PNG);
    response.writeHead(404).end();
  });
  onTestFinished(() => server.close());
  return server.origin;
}

async function call(url: string, body: object | string): Promise<Response> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const signature = `sha256=${createHmac('sha256', SECRET).update(`${timestamp}.${text}`).digest('hex')}`;
  const headers = { 'content-type': 'application/json', 'x-openclaw-timestamp': timestamp, 'x-openclaw-signature': signature };
  return await fetch(`${url}/hooks/deploy`, { method: 'POST', headers, body: text });
}

type Received = { readonly text: string; readonly attachments?: readonly object[] };
async function received({ get }: Awaited<ReturnType<typeof runGateway>>, response: Response): Promise<Received> {
  expect(response.status).toBe(202);
  const { messageId } = (await response.json()) as { readonly messageId: string };
  return await vi.waitFor(async () => {
    const { events } = (await (await get(`/api/messages/${messageId}?events=1`)).json()) as { events: { type: string; data: Received }[] };
    const arrival = events.find(({ type }) => type === 'message.received');
    if (!arrival) throw new Error('it has not been received');
    return arrival.data;
  }, PATIENCE);
}

test('A1 a call brings files in base64 or says where they lie; where networkIsolation does not allow it nothing is fetched', async () => {
  const origin = await service();
  const gateway = await runGateway({}, { hooks });
  const attachments = [{ name: 'note.txt', data: Buffer.from('hello').toString('base64') }, { url: `${origin}/me.png` }];
  expect(await received(gateway, await call(gateway.url(), { text: 'see', attachments }))).toMatchObject({
    text: 'see',
    attachments: [
      { name: 'note.txt', mimeType: 'text/plain', size: 5 },
      { name: 'me.png', problem: { code: 'ATTACHMENT_UNAVAILABLE' } },
    ],
  });
});

test('A1 a file that lies where it may be fetched is, without a text, and one that is not there costs nothing but itself', async () => {
  const origin = await service();
  const security = { networkIsolation: { allowedOutbound: ['127.0.0.1/32'] } };
  const gateway = await runGateway({}, { hooks }, { security });
  const attachments = [{ url: `${origin}/me.png` }, { url: `${origin}/gone.png`, name: 'gone.png' }];
  const { text, attachments: files } = await received(gateway, await call(gateway.url(), { attachments }));
  expect(text).toBe('');
  expect(files).toMatchObject([
    { name: 'me.png', mimeType: 'image/png', size: PNG.length },
    { name: 'gone.png', problem: { code: 'ATTACHMENT_UNAVAILABLE' } },
  ]);
});

test('A1 what is no file is refused by its field, and attachments of another kind are part of the text', async () => {
  const gateway = await runGateway({}, { hooks });
  const bad = await call(gateway.url(), { text: 'x', attachments: [{ data: '!' }] });
  expect(bad.status).toBe(400);
  expect(JSON.stringify(await bad.json())).toContain('attachments');
  expect((await call(gateway.url(), '{')).status).toBe(400);
  const others = { attachments: [{ title: 'of another program' }] };
  expect(await received(gateway, await call(gateway.url(), others))).toMatchObject({ text: JSON.stringify(others) });
});
