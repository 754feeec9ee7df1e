import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { GatewayError } from '@openclaw-gateway/events';
import { afterEach, expect, test } from 'vitest';
import { createEgress } from '../../operations/egress/index.ts';
import { type OwnStep, probeService } from './index.ts';

const never = new AbortController().signal;
const closing: (() => unknown)[] = [];
afterEach(() => closing.splice(0).map((close) => close()));

const auth: OwnStep = { name: 'auth', look: async () => '@bot' };
const probe = (url: string, steps: readonly OwnStep[] = [auth], more: object = {}) =>
  probeService({ url, signal: never, steps, deadlineMs: 2_000, ...more });

async function service(headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_, response) => response.writeHead(404, headers).end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const portOf = (url: string) => new URL(url).port;
const named = (resolve: (done: (error: NodeJS.ErrnoException | null, addresses: { address: string; family: number }[]) => void) => void) =>
  createEgress({ allowed: [], blocked: [] }, { resolve: (_, done) => resolve(done) });

test('B12 the steps of the way come first, each with its time, then the adapter’s own', async () => {
  const url = `http://chat.example:${portOf(await service())}`;
  const steps = await probe(url, [auth], { egress: named((done) => done(null, [{ address: '127.0.0.1', family: 4 }])) });
  expect(steps.map(({ name, ok }) => [name, ok])).toEqual([
    ['dns', true],
    ['connect', true],
    ['clock', true],
    ['auth', true],
  ]);
  expect(steps.every(({ durationMs }) => durationMs >= 0)).toBe(true);
  expect(steps.at(-1)?.detail).toBe('@bot');
});

test('B12 a name without an address is named as the cause, and nothing more is asked', async () => {
  const egress = named((done) => done(Object.assign(new Error('x'), { code: 'EAI_AGAIN' }), []));
  const steps = await probe('https://chat.example', [auth], { egress });
  expect(steps).toMatchObject([{ name: 'dns', ok: false, error: { code: 'CHANNEL_NO_NETWORK' } }]);
  expect(steps[0]?.error?.message).toBe('No address for chat.example: the name server does not answer.');
});

test('B12 a port that nobody listens at fails the connection', async () => {
  const url = await service();
  closing.splice(0).map((close) => close());
  expect(await probe(url)).toMatchObject([
    { name: 'connect', ok: false, error: { code: 'CHANNEL_NO_NETWORK', details: { step: 'connect' } } },
  ]);
});

test('B12 a server that does not speak TLS fails the encryption', async () => {
  const server = createTcpServer((socket) => socket.on('error', () => {}).end('220 not what you think\r\n'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(() => server.close());
  const steps = await probe(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(steps.at(-1)).toMatchObject({ name: 'tls', ok: false, error: { code: 'CHANNEL_TLS' } });
});

test('B12 an address that may not be called is refused as that, not as a network without a way', async () => {
  const url = await service();
  const egress = createEgress({ allowed: [], blocked: ['127.0.0.0/8'] });
  expect(await probe(url, [auth], { egress })).toMatchObject([{ name: 'connect', ok: false, error: { code: 'EGRESS_REFUSED' } }]);
});

test.each([
  [10 * 60_000, 'behind'],
  [-10 * 60_000, 'ahead of'],
])('B12 a clock that is %i ms away is named, and the other steps are taken all the same', async (aheadMs, word) => {
  const steps = await probe(await service({ date: new Date(Date.now() + aheadMs).toUTCString() }));
  expect(steps.map(({ name, ok }) => [name, ok])).toEqual([
    ['connect', true],
    ['clock', false],
    ['auth', true],
  ]);
  expect(steps[1]?.error).toMatchObject({
    code: 'CHANNEL_CLOCK_SKEW',
    message: expect.stringMatching(`This clock is (599|60[01]) s ${word}`),
  });
});

test('B12 an adapter’s step that fails ends the probe with its cause, whatever it throws', async () => {
  const refused: OwnStep = { name: 'auth', look: () => Promise.reject(new GatewayError('CHANNEL_UNAUTHORIZED')) };
  expect((await probe(await service(), [refused, auth])).slice(-1)).toMatchObject([
    { name: 'auth', error: { code: 'CHANNEL_UNAUTHORIZED' } },
  ]);
  const broken: OwnStep = { name: 'auth', look: () => Promise.reject(new TypeError('secret')) };
  const [last] = (await probe(await service(), [broken, auth])).slice(-1);
  expect(last).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
  expect(last?.error?.message).not.toContain('secret');
});
