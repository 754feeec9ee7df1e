import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { configSchema } from '../config/schema/index.ts';
import { type Made, makeCertificate, openssl } from '../operations/tls/testing/certificates.ts';
import { get, greet, plain, type Spoken } from '../operations/tls/testing/clients.ts';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let dir: string;
let made: Made;
let rsa: Made;
let authority: Made;
let client: Made;
let stranger: Made;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tls-'));
  const key = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
  [made, rsa, authority, stranger] = await Promise.all([
    makeCertificate(dir, 'gateway'),
    makeCertificate(dir, 'rsa', { key }),
    makeCertificate(dir, 'authority', { isAuthority: true }),
    makeCertificate(dir, 'stranger', { names: ['mallory'] }),
  ]);
  client = await makeCertificate(dir, 'client', { names: ['ana'], by: authority });
});
afterAll(() => rm(dir, { recursive: true }));

const https = (extra: object = {}) => ({
  gateway: { network: { https: { enabled: true, cert: made.certFile, key: made.keyFile, ...extra } } },
});
const portOf = (gateway: ServedGateway) => Number(new URL(gateway.url).port);
const secure = (gateway: ServedGateway) => gateway.url.replace('http:', 'https:');
const pair = ({ certFile, keyFile }: Made) => ({ cert: readFileSync(certFile), key: readFileSync(keyFile) });

test('gateway.network.https.enabled makes the door speak TLS, and its cookie is bound to the host', async () => {
  await using gateway = await serveGateway(https());
  const ca = await readFile(made.certFile);
  const body = JSON.stringify({ token: gateway.token });
  const { cookie, answer } = await new Promise<{ cookie: string; answer: unknown }>((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    request(`${secure(gateway)}/api/sign-in/token`, { ca, method: 'POST', headers }, async (response) => {
      resolve({ cookie: response.headers['set-cookie']?.[0] ?? '', answer: await json(response) });
    })
      .on('error', reject)
      .end(body);
  });
  expect(answer).toMatchObject({ userId: expect.stringMatching(/^usr_/) });
  expect(cookie).toMatch(/^__Host-openclaw_.*; Secure$/);
  expect(gateway.logged.join()).toContain(`listening at https://127.0.0.1:${portOf(gateway)}`);
});

test('a door with https.enabled and no certificate is not made', async () => {
  await expect(serveGateway({ gateway: { network: { https: { enabled: true } } } })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

describe('gateway.network.https.minVersion', () => {
  test.each([
    ['1.2', 'TLSv1.1', 'refused'],
    ['1.2', 'TLSv1.2', 'TLSv1.2'],
    ['1.3', 'TLSv1.2', 'refused'],
    ['1.3', 'TLSv1.3', 'TLSv1.3'],
  ] as const)('gateway.network.https.minVersion %s meets a client of %s: %s', async (minVersion, clientVersion, result) => {
    await using gateway = await serveGateway(https({ minVersion }));
    const ciphers = 'DEFAULT:@SECLEVEL=0';
    const spoken = await greet(portOf(gateway), { minVersion: 'TLSv1', maxVersion: clientVersion, ciphers });
    expect(typeof spoken === 'string' ? 'refused' : spoken.protocol).toBe(result);
  });

  test('gateway.network.https.minVersion 1.3 refuses openssl s_client -tls1_2 with an alert of its version', async () => {
    await using gateway = await serveGateway(https({ minVersion: '1.3' }));
    expect(await sClient(portOf(gateway), '-tls1_2')).toMatch(/alert protocol version/i);
    expect(await sClient(portOf(gateway), '-tls1_3')).toContain('New, TLSv1.3');
  });

  test('a change of gateway.network.https.minVersion holds for the next connection', async () => {
    await using gateway = await serveGateway(https());
    expect(await greet(portOf(gateway), { maxVersion: 'TLSv1.2' })).toMatchObject({ protocol: 'TLSv1.2' });
    await gateway.parts.tls.apply(configSchema.parse(https({ minVersion: '1.3' })));
    expect(await greet(portOf(gateway), { maxVersion: 'TLSv1.2' })).toMatch(/^ERR_SSL/);
  });
});

describe('gateway.network.https.cipherSuites', () => {
  const cipherOf = (spoken: Spoken | string) => (typeof spoken === 'string' ? 'refused' : spoken.cipher);
  const tls12 = { maxVersion: 'TLSv1.2' } as const;
  test.each([
    ['no other suite of TLS 1.3', ['TLS_AES_256_GCM_SHA384'], { ciphers: 'TLS_AES_128_GCM_SHA256' }, 'refused'],
    ['a named suite of TLS 1.3', ['TLS_AES_256_GCM_SHA384'], {}, 'TLS_AES_256_GCM_SHA384'],
    ['the order of the gateway', ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'], {}, 'TLS_AES_128_GCM_SHA256'],
    ['TLS 1.2 where only suites of 1.3 are named', ['TLS_AES_128_GCM_SHA256'], tls12, 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['a named suite of TLS 1.2', ['ECDHE-ECDSA-CHACHA20-POLY1305'], tls12, 'ECDHE-ECDSA-CHACHA20-POLY1305'],
    ['no other suite of TLS 1.2', ['ECDHE-ECDSA-CHACHA20-POLY1305'], { ...tls12, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }, 'refused'],
    ['TLS 1.3 where only suites of 1.2 are named', ['ECDHE-ECDSA-CHACHA20-POLY1305'], {}, 'TLS_AES_256_GCM_SHA384'],
  ] as const)('gateway.network.https.cipherSuites speaks %s', async (_, cipherSuites, options, expected) => {
    await using gateway = await serveGateway(https({ cipherSuites }));
    expect(cipherOf(await greet(portOf(gateway), { ciphers: DEFAULT, ...options }))).toBe(expected);
  });

  test('gateway.network.https.cipherSuites is kept to with openssl s_client, too', async () => {
    await using gateway = await serveGateway(https({ cipherSuites: ['TLS_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'] }));
    expect(await sClient(portOf(gateway))).toContain('Cipher is TLS_CHACHA20_POLY1305_SHA256');
    expect(await sClient(portOf(gateway), '-ciphersuites', 'TLS_AES_128_GCM_SHA256')).toMatch(/handshake failure/);
    expect(await sClient(portOf(gateway), '-tls1_2')).toContain('Cipher is ECDHE-ECDSA-AES128-GCM-SHA256');
    expect(await sClient(portOf(gateway), '-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-GCM-SHA384')).toMatch(/handshake failure/);
  });
});

describe('gateway.network.https.cert.caFile', () => {
  const withCa = (extra: object = {}) =>
    https({ cert: { certFile: made.certFile, keyFile: made.keyFile, caFile: authority.certFile }, ...extra });

  test('gateway.network.https.cert.caFile asks clients for a certificate and refuses one that the authorities did not sign', async () => {
    await using gateway = await serveGateway(withCa());
    const port = portOf(gateway);
    expect(await sClient(port)).toContain('Acceptable client certificate CA names\nCN = authority');
    expect(await greet(port, pair(client))).toMatchObject({ protocol: 'TLSv1.3' });
    expect(await greet(port)).toMatchObject({ protocol: 'TLSv1.3' });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      expect(await greet(port, { ...pair(stranger), maxVersion })).toMatch(REFUSED);
    }
    expect(gateway.logged.join()).toMatch(/a client was refused for its certificate/);
    await using open = await serveGateway(https());
    expect(await sClient(portOf(open))).toContain('No client certificate CA names sent');
    expect(await greet(portOf(open), pair(stranger))).toMatchObject({ protocol: 'TLSv1.3' });
  });

  test('gateway.network.https.clientCertificates "required" lets nobody in without one, but this machine', async () => {
    await using gateway = await serveGateway(withCa({ clientCertificates: 'required' }));
    const { tls } = gateway.parts;
    // Who comes by a socket file comes from no address, as little this machine's as any other.
    const server = tls.createServer({}, (_, response) => response.end('in'));
    const path = join(gateway.stateDir, 'socket');
    await once(server.listen(path), 'listening');
    const elsewhere = { path } as const;
    expect(await greet(0, elsewhere)).toMatch(REFUSED);
    expect(await greet(0, { ...elsewhere, ...pair(stranger) })).toMatch(REFUSED);
    expect(await greet(0, { ...elsewhere, ...pair(client) })).toMatchObject({ protocol: 'TLSv1.3' });
    expect(await greet(portOf(gateway))).toMatchObject({ protocol: 'TLSv1.3' });
    await tls.apply(configSchema.parse(withCa()));
    expect(await greet(0, elsewhere)).toMatchObject({ protocol: 'TLSv1.3' });
    server.close();
  });
});

describe('a change of the certificate', () => {
  test('gateway.network.https.cert and gateway.network.https.key can change while connections are open', async () => {
    await using gateway = await serveGateway(https());
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = await get(`${secure(gateway)}/healthz`, { agent });
    const ws = new WebSocket(`${secure(gateway).replace('https', 'wss')}`, { rejectUnauthorized: false });
    const challenged = once(ws, 'message');
    await once(ws, 'open');
    expect(String((await challenged)[0])).toContain('connect.challenge');
    await gateway.parts.tls.apply(configSchema.parse(https({ cert: rsa.certFile, key: rsa.keyFile })));
    const after = await get(`${secure(gateway)}/healthz`, { agent });
    expect(after.socket).toBe(before.socket);
    expect(await greet(portOf(gateway))).toMatchObject({ fingerprint: await fingerprint(rsa) });
    expect(ws.readyState).toBe(WebSocket.OPEN);
    const answered = once(ws, 'message');
    ws.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params: {} }));
    expect(String((await answered)[0])).toContain('"id":"1"');
    ws.terminate();
    agent.destroy();
    const { event } = gateway.recorded.find(({ event }) => event.type === 'certificate.replaced') ?? {};
    expect(event?.data).toMatchObject({
      source: 'files',
      fingerprint: await fingerprint(rsa),
      previousFingerprint: await fingerprint(made),
    });
  });

  test('a pair that does not fit is refused, recorded and said, and the old one stays', async () => {
    await using gateway = await serveGateway(https());
    await gateway.parts.tls.apply(configSchema.parse(https({ key: rsa.keyFile })));
    expect(await greet(portOf(gateway))).toMatchObject({ fingerprint: await fingerprint(made) });
    const { event } = gateway.recorded.find(({ event }) => event.type === 'certificate.refused') ?? {};
    expect(event?.data).toMatchObject({ problem: { code: 'CERTIFICATE_INVALID' }, inForce: await fingerprint(made) });
    expect(gateway.parts.tls.status()).toMatchObject({ state: 'active', problems: [expect.stringContaining(rsa.keyFile)] });
    const health = JSON.parse((await get(`${secure(gateway)}/health`)).body) as { components: object };
    expect(health.components).toMatchObject({ certificate: { status: 'degraded', state: 'active', expires: 'in 89 days' } });
    await gateway.parts.tls.apply(configSchema.parse(https()));
    expect(gateway.parts.tls.status()).toMatchObject({ problems: [] });
  });
});

describe('plain HTTP on the port of HTTPS', () => {
  test.each(['GET', 'POST'])('%s is sent on with 308, path and query kept', async (method) => {
    await using gateway = await serveGateway(https());
    const body = method === 'POST' ? 'x'.repeat(300_000) : null;
    const answer = await fetch(`${gateway.url}/api/messages?limit=3&q=%2F`, { method, body, redirect: 'manual' });
    expect(answer.status).toBe(308);
    expect(answer.headers.get('location')).toBe(`${secure(gateway)}/api/messages?limit=3&q=%2F`);
    expect(await answer.text()).toContain('This gateway speaks HTTPS');
  });

  test('a WebSocket client without TLS learns it, too', async () => {
    await using gateway = await serveGateway(https());
    const ws = new WebSocket(`${gateway.url.replace('http', 'ws')}`);
    expect(String((await once(ws, 'error'))[0])).toContain('308');
  });

  test('what is no request is answered, and who says nothing keeps nobody waiting', async () => {
    const gateway = await serveGateway(https());
    expect(await plain(portOf(gateway), 'SSH-2.0-OpenSSH_9.2\r\n\r\n')).toContain('400 Bad Request');
    expect(await plain(portOf(gateway), 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n')).toContain('400 Bad Request');
    const silent = connectPlain({ host: '127.0.0.1', port: portOf(gateway) });
    await once(silent, 'connect');
    expect(await greet(portOf(gateway))).toMatchObject({ protocol: 'TLSv1.3' });
    const closed = once(silent, 'close');
    await gateway[Symbol.asyncDispose]();
    await closed;
  });
});

test('HTTPS under a name of its own tells browsers to stay with it, under localhost and addresses it does not', async () => {
  await using gateway = await serveGateway(https({ letsEncrypt: { domain: 'gw.example.com' } }));
  const hsts = async (host: string) =>
    (await get(`${secure(gateway)}/healthz`, { headers: { host } })).headers['strict-transport-security'];
  expect(await hsts('gw.example.com:18789')).toBe('max-age=15724800');
  expect([await hsts('localhost'), await hsts('127.0.0.1:443'), await hsts('[::1]')]).toEqual([undefined, undefined, undefined]);
});

test('probes and a WebSocket work over TLS as they do without', async () => {
  await using gateway = await serveGateway(https());
  for (const path of ['/healthz', '/readyz', '/health', '/metrics']) expect((await get(secure(gateway) + path)).status).toBe(200);
});

/** A client certificate is judged when the client has finished its handshake, and may have sent its request. */
const REFUSED = /^(ECONNRESET|EPIPE|refused: )$/;
const DEFAULT = 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:HIGH';

async function fingerprint({ certFile }: Made): Promise<string> {
  const text = await openssl(['x509', '-in', certFile, '-noout', '-fingerprint', '-sha256']);
  return (text.split('=')[1] ?? '').trim().replaceAll(':', '').toLowerCase();
}

/** What `openssl s_client` says of the server, refused or not. */
function sClient(port: number, ...options: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...options], (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
    child.stdin?.end();
  });
}
