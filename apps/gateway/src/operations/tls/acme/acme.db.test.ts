import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { NewEvent } from '@openclaw-gateway/events';
import acme from 'acme-client';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { makeCertificate } from '../testing/certificates.ts';
import { get, greet } from '../testing/clients.ts';
import { freePorts, type Pebble, startPebble } from '../testing/pebble.ts';
import { type Served, serve } from '../testing/served.ts';

const DAY = 86_400_000;
const PATIENCE = { timeout: 50_000, interval: 20 };

vi.setConfig({ testTimeout: 60_000 });

let dir: string;
let pebble: Pebble;
let count = 0;
let domain: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acme-'));
  pebble = await startPebble(dir);
  setDefaultCACertificates([...getCACertificates('default'), await readFile(pebble.caFile, 'utf8')]);
});
afterAll(async () => {
  await pebble[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});
beforeEach(() => {
  domain = `gw${++count}.example.com`;
});

const letsEncrypt = (extra: object = {}) => ({
  letsEncrypt: { enabled: true, domain, directoryUrl: pebble.directoryUrl, httpPort: pebble.httpPort, ...extra },
});
const types = ({ events }: Served) => events.map(({ type }) => type);
const event = ({ events }: Served, type: string) => events.find((each) => each.type === type)?.data;
const becomes = (served: Served, type: string) => vi.waitFor(() => expect(types(served), served.logged.join('')).toContain(type), PATIENCE);
const renewal = ({ tls }: Served) => {
  const status = tls.status();
  return status.state === 'off' ? undefined : status.renewal;
};

test('gateway.network.https.letsEncrypt.enabled gets the certificate for letsEncrypt.domain and serves it, of a chain that clients trust', async () => {
  await using served = await serve(letsEncrypt());
  expect(served.tls.status()).toMatchObject({ state: 'waiting', source: 'letsEncrypt' });
  await becomes(served, 'certificate.replaced');
  expect(types(served)).toEqual(['certificate.requested', 'certificate.issued', 'certificate.replaced']);
  const ca = await pebble.root();
  const answer = await get(`https://127.0.0.1:${served.port}/`, { ca, rejectUnauthorized: true, servername: domain });
  expect(answer.body).toBe('served');
  expect(served.tls.status()).toMatchObject({ state: 'active', problems: [], certificate: { names: [domain] }, renewal: { domain } });
  expect(renewal(served)?.nextAttemptAt).toBeGreaterThan(Date.now() + 4 * 365 * DAY);
});

test('account key, certificate and key lie in the state directory for their owner only, and the next start serves them at once', async () => {
  const stateDir = await mkdtemp(join(dir, 'state-'));
  {
    await using served = await serve(letsEncrypt(), { stateDir });
    await becomes(served, 'certificate.replaced');
  }
  const [folder = ''] = (await readdir(join(stateDir, 'tls'))).filter((name) => name !== 'in-force.pem');
  const files = await readdir(join(stateDir, 'tls', folder));
  expect(files.toSorted()).toEqual(['account-key.pem', `${domain}.json`, `${domain}.pem`]);
  for (const file of files) expect((await stat(join(stateDir, 'tls', folder, file))).mode & 0o777, file).toBe(0o600);
  await pebble.stop();
  await using again = await serve(letsEncrypt(), { stateDir });
  expect(again.tls.status()).toMatchObject({ state: 'active', certificate: { names: [domain] }, problems: [] });
  expect(await greet(again.port)).toMatchObject({ protocol: 'TLSv1.3' });
  expect(types(again)).toEqual([]);
  await pebble.start();
});

test('gateway.network.https.letsEncrypt.email is the contact of the account', async () => {
  await using served = await serve(letsEncrypt({ email: 'admin@example.com' }));
  await becomes(served, 'certificate.issued');
  const host = new URL(pebble.directoryUrl).host.replace(':', '-');
  const accountKey = await readFile(join(served.stateDir, 'tls', host, 'account-key.pem'), 'utf8');
  const client = new acme.Client({ directoryUrl: pebble.directoryUrl, accountKey });
  const account = await client.createAccount({ onlyReturnExisting: true } as never);
  expect(account.contact).toEqual(['mailto:admin@example.com']);
});

test('gateway.network.https.letsEncrypt.httpPort sends everything but the checks on to HTTPS with 308, path and query kept', async () => {
  await using served = await serve(letsEncrypt());
  await becomes(served, 'certificate.replaced');
  const ask = (path: string, host: string) => plainGet(pebble.httpPort, path, host);
  expect(await ask('/a/b?c=%2F&d', `${domain}:80`)).toMatchObject({
    status: 308,
    location: `https://${domain}:${served.port}/a/b?c=%2F&d`,
  });
  expect(await ask('/.well-known/acme-challenge/none', domain)).toMatchObject({ status: 404 });
  expect(await ask('//evil.example/', 'a b')).toMatchObject({ status: 400 });
});

test('gateway.network.https.letsEncrypt.httpPort 0 opens no port: the gateway answers the checks on its own', async () => {
  let port = 0;
  // A proxy on the port that the authority asks, which passes everything on.
  const proxy = createServer(async (request, response) => {
    const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, { redirect: 'manual' });
    response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise<void>((done) => proxy.listen(pebble.httpPort, '127.0.0.1', done));
  await using served = await serve(letsEncrypt({ httpPort: 0 }));
  port = served.port;
  await becomes(served, 'certificate.issued');
  proxy.closeAllConnections();
  await new Promise((done) => proxy.close(done));
});

test('a port that is taken is said, and taken as soon as it is free', async () => {
  const blocker = createServer((_, response) => response.writeHead(404).end()).listen(pebble.httpPort, '127.0.0.1');
  await once(blocker, 'listening');
  await using served = await serve(letsEncrypt(), { watch: { settleMs: 20, pollMs: 50 } });
  expect(served.tls.status()).toMatchObject({
    problems: expect.arrayContaining([expect.stringContaining('another program listens there')]),
  });
  await becomes(served, 'certificate.failed');
  const closed = once(blocker, 'close');
  blocker.close();
  blocker.closeAllConnections();
  await closed;
  await vi.waitFor(
    () => expect(served.tls.status()).toMatchObject({ problems: [expect.stringContaining('no certificate from')] }),
    PATIENCE,
  );
  await served.tls.reload();
  await becomes(served, 'certificate.issued');
});

test('before the first certificate, plain HTTP on the port says why there is no HTTPS, and TLS is refused', async () => {
  await pebble.pointTo(domain, '127.0.0.9');
  await using served = await serve(letsEncrypt());
  await becomes(served, 'certificate.failed');
  const answer = await fetch(`http://127.0.0.1:${served.port}/readyz`);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30']);
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  expect(error).toMatchObject({
    code: 'CERTIFICATE_PENDING',
    message: expect.stringMatching(/The last attempt failed: .*refused.*next attempt is at 20/i),
  });
  expect(await greet(served.port)).toMatch(/^ERR_SSL/);
  expect(served.tls.status()).toMatchObject({ state: 'waiting' });
});

test('a refused check is recorded with the words of the authority and tried again; once mended, asking again gets the certificate', async () => {
  await pebble.pointTo(domain, '127.0.0.9');
  await using served = await serve(letsEncrypt());
  await becomes(served, 'certificate.failed');
  const failed = event(served, 'certificate.failed') as { nextAttemptAt: number };
  expect(failed).toMatchObject({
    domain,
    renewal: false,
    failures: 1,
    problem: { code: 'CERTIFICATE_NOT_ISSUED', message: expect.stringMatching(/connection refused/i) },
  });
  expect(failed.nextAttemptAt - Date.now()).toBeGreaterThan(12 * 60_000);
  expect(renewal(served)).toMatchObject({ nextAttemptAt: failed.nextAttemptAt, ordering: false });
  await pebble.pointTo(domain, '127.0.0.1');
  await served.tls.reload();
  await becomes(served, 'certificate.replaced');
  expect(served.tls.status()).toMatchObject({ state: 'active', problems: [] });
});

test('an authority that is down harms nothing: what is in force stays, and restarts do not make it ask more often than it may', async () => {
  const stateDir = await mkdtemp(join(dir, 'state-'));
  const made = await makeCertificate(dir, 'files', { names: ['files.example'] });
  await pebble.stop();
  await using served = await serve({ cert: made.certFile, key: made.keyFile }, { stateDir });
  await served.apply({ cert: made.certFile, key: made.keyFile, ...letsEncrypt() });
  for (let attempt = 1; attempt <= 4; attempt++) {
    await vi.waitFor(() => expect(types(served).filter((type) => type === 'certificate.failed')).toHaveLength(attempt), PATIENCE);
    await served.tls.reload();
  }
  expect(event(served, 'certificate.failed')).toMatchObject({
    problem: { message: expect.stringMatching(/cannot be read: .*ECONNREFUSED/) },
  });
  expect(await greet(served.port)).toMatchObject({ protocol: 'TLSv1.3' });
  expect(served.tls.status()).toMatchObject({ state: 'active', certificate: { names: ['files.example'] } });
  // Four in an hour is all that it allows itself, whoever asks.
  await vi.waitFor(() => expect(renewal(served)?.nextAttemptAt).toBeGreaterThan(Date.now() + 50 * 60_000), PATIENCE);
  await served.tls.close();
  await pebble.start();
  await using again = await serve(letsEncrypt(), { stateDir });
  await vi.waitFor(() => expect(renewal(again)?.nextAttemptAt).toBeGreaterThan(Date.now() + 50 * 60_000), PATIENCE);
  expect(types(again)).toEqual([]);
});

test('gateway.network.https.letsEncrypt.directoryUrl may be no directory at all, which is said', async () => {
  await using served = await serve(letsEncrypt({ directoryUrl: new URL('/nothing', pebble.directoryUrl).href }));
  await becomes(served, 'certificate.failed');
  expect(event(served, 'certificate.failed')).toMatchObject({ problem: { message: expect.stringContaining('it answers 404') } });
});

test('a certificate that nears its end is renewed while connections are open', async () => {
  const events: NewEvent[] = [];
  let nowMs = Date.now();
  // What was renewed is good from the real time on.
  const now = () => (events.some(({ type }) => type === 'certificate.renewed') ? Date.now() : nowMs);
  await using served = await serve(letsEncrypt(), { now }, events);
  await becomes(served, 'certificate.replaced');
  const first = event(served, 'certificate.issued') as { expiresAt: number; fingerprint: string };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const kept = await get(`https://127.0.0.1:${served.port}/`, { agent });
  const [earliest, latest] = [first.expiresAt - 30 * DAY, first.expiresAt - 29 * DAY];
  expect(renewal(served)?.nextAttemptAt).toBeGreaterThanOrEqual(earliest);
  expect(renewal(served)?.nextAttemptAt).toBeLessThanOrEqual(latest);
  nowMs = latest;
  await served.tls.reload();
  await vi.waitFor(() => expect(types(served).filter((type) => type === 'certificate.replaced')).toHaveLength(2), PATIENCE);
  expect(types(served).slice(3)).toEqual(['certificate.requested', 'certificate.renewed', 'certificate.replaced']);
  const { fingerprint } = event(served, 'certificate.renewed') as { fingerprint: string };
  expect(events.at(-1)?.data).toMatchObject({ fingerprint, previousFingerprint: first.fingerprint });
  expect((await get(`https://127.0.0.1:${served.port}/`, { agent })).socket).toBe(kept.socket);
  expect(await greet(served.port)).toMatchObject({ fingerprint });
  agent.destroy();
});

test('a renewal that fails leaves the old certificate in force and says when it is tried again', async () => {
  let nowMs = Date.now();
  await using served = await serve(letsEncrypt(), { now: () => nowMs });
  await becomes(served, 'certificate.replaced');
  const { expiresAt, fingerprint } = event(served, 'certificate.issued') as { expiresAt: number; fingerprint: string };
  await pebble.pointTo(domain, '127.0.0.9');
  await pebble.stop();
  nowMs = expiresAt - 28 * DAY;
  await served.tls.reload();
  await becomes(served, 'certificate.failed');
  expect(await greet(served.port)).toMatchObject({ fingerprint });
  expect(event(served, 'certificate.failed')).toMatchObject({ renewal: true });
  expect(served.tls.status()).toMatchObject({ state: 'active', problems: [expect.stringContaining('no certificate from')] });
  await pebble.start();
});

test('another gateway.network.https.letsEncrypt.domain is ordered at once; the old certificate serves until it is there', async () => {
  await using served = await serve(letsEncrypt());
  await becomes(served, 'certificate.replaced');
  await served.apply(letsEncrypt({ domain: `other-${domain}` }));
  expect(await greet(served.port)).toMatchObject({ protocol: 'TLSv1.3' });
  await vi.waitFor(() => expect(served.tls.status()).toMatchObject({ certificate: { names: [`other-${domain}`] } }), PATIENCE);
  const [free] = await freePorts(1);
  await served.apply(letsEncrypt({ domain: `other-${domain}`, httpPort: free }));
  expect(await plainGet(free ?? 0, '/', 'a.example')).toMatchObject({ status: 308 });
  await expect(plainGet(pebble.httpPort, '/', 'a.example')).rejects.toThrow('ECONNREFUSED');
});

async function plainGet(port: number, path: string, host: string): Promise<{ status: number; location: string | undefined }> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, location: response.headers.location });
    })
      .on('error', reject)
      .end();
  });
}
