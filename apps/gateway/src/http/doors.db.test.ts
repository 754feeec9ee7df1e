import { createHmac } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway;

async function start(...args: Parameters<typeof serveGateway>): Promise<ServedGateway> {
  gateway = await serveGateway(...args);
  return gateway;
}
afterEach(() => gateway[Symbol.asyncDispose]());

/** A request with headers that fetch does not let one set. */
function raw(path: string, headers: Record<string, string>): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    request(gateway.url + path, { headers, agent: false }, async (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) });
    })
      .on('error', reject)
      .end();
  });
}

const code = async (response: Promise<Response>) => ((await (await response).json()) as { error?: { code: string } }).error?.code;

// Webhooks

const SECRET = 'hook-secret';
const hooks = { hooks: { entries: { ci: { secret: SECRET, template: 'Build {{build.id}}', agentId: 'main' } } } };

function callHook(name: string, body: string, options: { timestamp?: number; secret?: string } = {}) {
  const timestamp = String(options.timestamp ?? Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', options.secret ?? SECRET)
    .update(`${timestamp}.${body}`)
    .digest('hex');
  const headers = { 'content-type': 'application/json', 'x-openclaw-timestamp': timestamp, 'x-openclaw-signature': `sha256=${signature}` };
  return gateway.fetch(`/hooks/${name}`, { anonymous: true, method: 'POST', body, headers });
}

test('A1 a signed webhook becomes a message; the body is signed as it came', async () => {
  await start(hooks);
  const answer = await callHook('ci', '{ "build" : {"id":  7} }');
  expect(answer.status).toBe(202);
  expect(await answer.json()).toMatchObject({ messageId: expect.stringMatching(/^msg_/) });
  expect(gateway.submissions[0]).toMatchObject({
    channel: 'webhook',
    account: 'ci',
    agentId: 'main',
    sessionKey: 'hook:ci',
    inbound: { text: 'Build 7', externalId: expect.any(String) },
    caller: { method: 'hmac' },
  });
});

test('A2 a webhook that is unsigned, wrongly signed, old or unknown is refused and recorded', async () => {
  await start(hooks);
  expect(await code(gateway.fetch('/hooks/ci', { anonymous: true, method: 'POST', body: '{}' }))).toBe('SIGNATURE_MISSING');
  expect(await code(callHook('ci', '{}', { secret: 'wrong' }))).toBe('SIGNATURE_INVALID');
  expect(await code(callHook('ci', '{}', { timestamp: 1000 }))).toBe('SIGNATURE_EXPIRED');
  expect(await code(callHook('constructor', '{}'))).toBe('NOT_FOUND');
  const denied = gateway.recorded.filter(({ event }) => event.type === 'auth.denied').map(({ event }) => event.data);
  expect(denied).toMatchObject([{ door: 'hook', method: 'hmac' }]);
  expect(gateway.submissions).toEqual([]);
});

test('A1 a signed webhook that lacks what the template names is a 400 with the names, and no message', async () => {
  await start(hooks);
  const answer = await callHook('ci', '{"build":{}}');
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: { code: 'BAD_REQUEST', details: { fields: [{ field: 'build.id', got: 'nothing' }] } },
  });
  expect(gateway.submissions).toEqual([]);
});

test('A2 a webhook that is sent again is a 409 with the first message', async () => {
  await start(hooks);
  gateway.refuse = () => 'duplicate';
  const answer = await callHook('ci', '{"build":{"id":7}}');
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({
    error: { code: 'WEBHOOK_REPLAYED', details: { messageId: expect.stringMatching(/^msg_/) } },
  });
});

// Probes

test('C1 /health has the shape that the mission gives', async () => {
  await start();
  const answer = await gateway.fetch('/health', { anonymous: true });
  expect(await answer.json()).toEqual({
    ok: true,
    status: 'healthy',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    components: {
      gateway: { status: 'healthy', uptime: '0m', version: '1.2.3' },
      channels: { status: 'healthy', connected: 0, total: 0 },
      agents: { status: 'healthy', active: 2, idle: 0 },
      memory: {
        status: 'healthy',
        used: expect.stringMatching(/^[\d.]+[MG]B$/),
        limit: expect.stringMatching(/^[\d.]+[MG]B$/),
        percentage: expect.any(Number),
      },
    },
  });
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

test('C1 details are for this machine and for those with the token', async () => {
  await start();
  const detailed = (headers: Record<string, string>, anonymous: boolean) =>
    gateway.fetch('/health?detailed', { anonymous, headers }).then((answer) => answer.json() as Promise<object>);
  expect(await detailed({}, true)).toHaveProperty('details.log.head', 7);
  const far = { 'x-forwarded-for': '203.0.113.9' };
  expect(await detailed(far, true)).not.toHaveProperty('details');
  expect(await detailed(far, false)).toHaveProperty('details');
});

test('C1 /readyz is 503 with what is missing until the gateway takes messages; /healthz lives before', async () => {
  await start();
  expect(await (await gateway.fetch('/readyz', { anonymous: true })).json()).toMatchObject({ ready: true, failing: [] });
  gateway.phase = 'starting';
  gateway.stats.pendingEvents = 9000;
  const answer = await gateway.fetch('/readyz', { anonymous: true });
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ ready: false, failing: ['starting', 'log'] });
  const far = await gateway.fetch('/readyz', { anonymous: true, headers: { 'x-forwarded-for': '203.0.113.9' } });
  expect(await far.json()).toEqual({ ready: false });
  expect(await (await gateway.fetch('/healthz', { anonymous: true })).json()).toEqual({ ok: true, status: 'live' });
});

test.each(['/health', '/healthz', '/readyz', '/ready'])('C1 %s takes HEAD and tells other methods off', async (path) => {
  await start();
  expect((await gateway.fetch(path, { anonymous: true, method: 'HEAD' })).status).toBe(200);
  const posted = await gateway.fetch(path, { anonymous: true, method: 'POST' });
  expect(posted.status).toBe(405);
  expect(posted.headers.get('allow')).toBe('GET, HEAD');
});

test('C2 metrics are at the configured path, for this machine or with the token', async () => {
  await start({ gateway: { monitoring: { metrics: { endpoint: '/internal/metrics', collect: { system: { cpu: false } } } } } });
  await gateway.fetch('/api/messages', { json: { from: 'a', text: 'x' } });
  await vi.waitFor(() => expect(gateway.logged.some((line) => line.includes('/api/messages'))).toBe(true));
  const metrics = await (await gateway.fetch('/internal/metrics', { anonymous: true })).text();
  expect(metrics).toContain('openclaw_http_requests_total{route="/api/messages",method="POST",code="202"}');
  expect(metrics).not.toContain('process_cpu_');
  const far = { 'x-forwarded-for': '203.0.113.9' };
  expect((await gateway.fetch('/internal/metrics', { anonymous: true, headers: far })).status).toBe(401);
  expect((await gateway.fetch('/internal/metrics', { headers: far })).status).toBe(200);
});

// Names and broken requests

test('a name that is not this machine’s is turned away, unless the caller brings a proof of its own', async () => {
  await start({ ...hooks, gateway: { auth: { cors: { origins: ['https://gate.example'] } } } });
  expect((await raw('/health', { host: 'evil.example' })).status).toBe(403);
  expect((await raw('/', { host: 'evil.example:18789', accept: 'text/html' })).status).toBe(403);
  for (const host of ['localhost:1', '127.0.0.1', '[::1]:18789', 'gate.example', '192.168.1.4']) {
    expect((await raw('/health', { host })).status, host).toBe(200);
  }
  expect((await raw('/api/me', { host: 'tunnel.example', authorization: `Bearer ${gateway.token}` })).status).toBe(200);
  expect((await raw('/hooks/ci', { host: 'tunnel.example' })).status).toBe(405);
});

test('bytes that are no request are answered and the connection is closed', async () => {
  await start();
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.write('this is not HTTP\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 .*"code":"BAD_REQUEST"/s);
});

// The dashboard

async function build(files: Record<string, string>): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    const path = join(gateway.stateDir, 'dashboard', file);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, content);
  }
}

const PAGES = {
  'index.html': '<html><script>self.a=1</script><script src="/_next/static/x.js"></script></html>',
  'events/index.html': '<html>events<script>self.b=2</script></html>',
  '404.html': '<html>no such page</html>',
  '_next/static/x.js': 'x()',
};

test('without a build the page says which command makes one; once built it is there', async () => {
  await start();
  expect(await (await gateway.fetch('/', { anonymous: true })).text()).toContain('npm run build');
  await build(PAGES);
  expect(await (await gateway.fetch('/', { anonymous: true })).text()).toBe(PAGES['index.html']);
});

test('pages allow exactly their own inline scripts; built files are kept for ever', async () => {
  await start();
  await build(PAGES);
  const page = await gateway.fetch('/', { anonymous: true });
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("script-src 'self' 'sha256-");
  expect(policy.match(/sha256-/g)).toHaveLength(1);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const again = await gateway.fetch('/', { anonymous: true, headers: { 'if-none-match': page.headers.get('etag') ?? '' } });
  expect(again.status).toBe(304);
  const script = await gateway.fetch('/_next/static/x.js', { anonymous: true });
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(await script.text()).toBe('x()');
});

test('a file that was built in a smaller form as well is sent in it to who takes it, and whole to who does not', async () => {
  await start();
  await build({ ...PAGES, '_next/static/x.js.gz': 'gz', '_next/static/x.js.br': 'br' });
  const sent = async (encodings: string) => {
    const { headers, body } = await raw('/_next/static/x.js', { host: 'localhost', 'accept-encoding': encodings });
    expect(headers).toMatchObject({
      vary: expect.stringContaining('accept-encoding'),
      'content-type': expect.stringContaining('javascript'),
    });
    return [headers['content-encoding'], body];
  };
  expect(await sent('gzip, deflate, br')).toEqual(['br', 'br']);
  expect(await sent('gzip, deflate')).toEqual(['gzip', 'gz']);
  expect(await sent('identity')).toEqual([undefined, 'x()']);
});

test('folders get their slash, missing pages the dashboard’s own page, programs JSON', async () => {
  await start();
  await build(PAGES);
  const folder = await gateway.fetch('/events?q=1', { anonymous: true, redirect: 'manual' });
  expect([folder.status, folder.headers.get('location')]).toEqual([308, '/events/?q=1']);
  expect(await (await gateway.fetch('/events/', { anonymous: true })).text()).toContain('events');
  const missing = await gateway.fetch('/nowhere', { anonymous: true, headers: { accept: 'text/html' } });
  expect([missing.status, await missing.text()]).toEqual([404, PAGES['404.html']]);
  expect(await code(gateway.fetch('/nowhere', { anonymous: true }))).toBe('NOT_FOUND');
  expect(await code(gateway.fetch('/_next/static/gone.js', { anonymous: true }))).toBe('NOT_FOUND');
  expect(await code(gateway.fetch('/nowhere', { anonymous: true, method: 'POST', headers: { accept: 'text/html' } }))).toBe('NOT_FOUND');
  expect(await code(gateway.fetch('/api/nowhere', { anonymous: true, headers: { accept: 'text/html' } }))).toBe('NOT_FOUND');
});

test('no path leads out of the dashboard’s folder', async () => {
  await start();
  await build(PAGES);
  await writeFile(join(gateway.stateDir, 'secret.html'), 'secret');
  await writeFile(join(gateway.stateDir, 'secret.txt'), 'secret');
  const up = [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.html',
    '/_next/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '//secret.txt',
    '/%00',
  ];
  for (const path of [...up, '/gateway-token', '/.git/config', '/%E0%A4%A']) {
    const { status, body } = await raw(path, { host: 'localhost' });
    expect(status, path).toBe(404);
    expect(body).not.toContain('secret.');
  }
});
