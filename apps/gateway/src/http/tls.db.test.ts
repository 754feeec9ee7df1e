import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startFakeGateway } from './testing/fake-gateway.ts';

const certFile = fileURLToPath(new URL('./testing/tls/cert.pem', import.meta.url));
const keyFile = fileURLToPath(new URL('./testing/tls/key.pem', import.meta.url));
const https = (extra: object = {}) => ({ gateway: { network: { https: { enabled: true, cert: certFile, key: keyFile, ...extra } } } });

test('D with gateway.network.https the door speaks TLS and its cookie is bound to the host', async () => {
  await using gateway = await startFakeGateway(https());
  const ca = await readFile(certFile);
  const body = JSON.stringify({ token: gateway.token });
  const { cookie, answer } = await new Promise<{ cookie: string; answer: unknown }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    request(`${gateway.url.replace('http:', 'https:')}/api/sign-in/token`, { ca, method: 'POST', headers }, async (response) => {
      resolve({ cookie: response.headers['set-cookie']?.[0] ?? '', answer: await json(response) });
    })
      .on('error', reject)
      .end(body);
  });
  expect(answer).toMatchObject({ userId: expect.stringMatching(/^usr_/) });
  expect(cookie).toMatch(/^__Host-openclaw_.*; Secure$/);
});

test.each([
  ['1.2', 'TLSv1.2', 'TLSv1.2'],
  ['1.3', 'TLSv1.2', 'refused'],
  ['1.3', 'TLSv1.3', 'TLSv1.3'],
] as const)('D gateway.network.https.minVersion %s meets a client of %s: %s', async (minVersion, clientVersion, result) => {
  await using gateway = await startFakeGateway(https({ minVersion }));
  const spoken = await new Promise<string | null>((resolve) => {
    const options = { host: '127.0.0.1', port: Number(new URL(gateway.url).port), rejectUnauthorized: false, maxVersion: clientVersion };
    const socket = connect(options, () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
    socket.on('error', () => resolve('refused'));
  });
  expect(spoken).toBe(result);
});

test('D TLS without a certificate does not start', async () => {
  const start = startFakeGateway({ gateway: { network: { https: { enabled: true } } } });
  await expect(start).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
