import { hostname } from 'node:os';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { letIn } from '../access/testing/matrix-callers.ts';
import { configSchema } from '../config/schema/index.ts';
import type { Parts } from '../parts.ts';
import { requireCaller } from './authenticate.ts';
import { requireListing } from './authorise.ts';
import { openConnection } from './testing/raw-connection.ts';
import { type ServedGateway, serveGateway } from './testing/served-gateway.ts';

let gateway: ServedGateway | undefined;
afterEach(async () => {
  await gateway?.[Symbol.asyncDispose]();
  gateway = undefined;
});

async function start(config: object = {}) {
  gateway = await serveGateway(config);
  const tokens = await letIn(gateway);
  const { url } = gateway;
  const as = (role: keyof typeof tokens) => ({ authorization: `Bearer ${tokens[role].token}` });
  const status = async (path: string, headers: Record<string, string>, init: RequestInit = {}) => {
    const response = await fetch(url + path, { ...init, headers });
    await response.text();
    return response.status;
  };
  return { gateway, as, status };
}

const acl = (...rules: object[]) => ({ gateway: { auth: { acl: { rules } } } });

describe('the table of permissions', () => {
  const parts = {
    config: { current: () => ({ config: configSchema.parse({}) }) },
  } as unknown as Parts;

  it('T17 a route that is not in it keeps the door from opening', () => {
    const app = fastify();
    requireListing(app, parts);
    expect(() => app.get('/api/new', async () => 'x')).toThrow('GET /api/new is not in the table of permissions');
    expect(() => app.delete('/api/config', async () => 'x')).toThrow('DELETE /api/config is not in the table');
  });

  it('T17 a route that needs a permission and asks nobody who he is keeps the door from opening', async () => {
    const open = fastify();
    requireListing(open, parts);
    open.get('/api/config', async () => 'x');
    await expect(open.ready()).rejects.toThrow('GET /api/config needs a permission but is not behind requireCaller');

    const closed = fastify();
    requireListing(closed, parts);
    closed.register(async (api) => {
      requireCaller(api, parts);
      api.get('/api/config', async () => 'x');
    });
    await closed.ready();
  });
});

describe('D gateway.auth.acl.rules', () => {
  it('are on top of the permissions: they only take away, and say which of them it was', async () => {
    const { gateway, as, status } = await start(acl({ path: '/api/config', allow: ['admin'] }, { path: '/*', allow: ['user'] }));
    expect(await status('/api/config', as('admin'))).toBe(200);
    expect(await status('/api/config', as('operator'))).toBe(403);
    expect(await status('/api/log-level', as('operator'))).toBe(200);
    // A rule that lets a viewer in gives no permission.
    expect(await status('/api/audit', as('viewer'))).toBe(403);
    const body = await (await fetch(`${gateway.url}/api/config`, { headers: as('operator') })).json();
    expect(body).toMatchObject({ error: { code: 'FORBIDDEN', details: { rule: 'gateway.auth.acl.rules[0]', roles: ['operator'] } } });
    const recorded = gateway.recorded.map(({ event }) => event).find(({ type }) => type === 'auth.forbidden');
    expect(recorded?.data).toMatchObject({ target: 'GET /api/config', rule: 'gateway.auth.acl.rules[0]', roles: ['operator'] });
  });

  it('hold as soon as the configuration changes', async () => {
    const { gateway, as, status } = await start();
    expect(await status('/api/status', as('viewer'))).not.toBe(403);
    gateway.change(acl({ path: '/api/*', allow: ['admin'] }));
    expect(await status('/api/log-level', as('viewer'))).toBe(403);
    expect(await status('/api/log-level', as('admin'))).toBe(200);
  });

  it('judge the dashboard’s calls one by one, also in a batch', async () => {
    const { gateway, as } = await start(acl({ path: '/trpc/frame.gateway', allow: ['admin'] }, { path: '/*', allow: ['user'] }));
    const answer = await fetch(`${gateway.url}/trpc/frame.me,frame.gateway?batch=1&input=${encodeURIComponent('{}')}`, {
      headers: as('viewer'),
    });
    const [me, about] = (await answer.json()) as [{ result: unknown }, { error: { data: { error: { code: string } } } }];
    expect(me).toMatchObject({ result: { data: { userId: expect.stringMatching(/^tok_/), roles: ['viewer'] } } });
    expect(about.error.data.error.code).toBe('FORBIDDEN');
  });

  it('leave open what is open to everybody: probes, pages, the way in, webhooks', async () => {
    const { status } = await start({ gateway: { auth: { acl: { defaultPolicy: 'deny', rules: [] } } } });
    for (const path of ['/health', '/healthz', '/readyz', '/config.schema.json', '/']) expect(await status(path, {}), path).toBe(200);
    expect(await status('/api/sign-out', {}, { method: 'POST' })).toBe(200);
    expect(await status('/hooks/ci', {}, { method: 'POST' })).toBe(404);
    expect(await status('/metrics', {})).toBe(200);
  });

  it.each([
    '/api//config',
    '//api/config',
    '/api/./config',
    '/api/x/../config',
    '/api/%2e%2e/api/config',
    '/api/config/',
    '/api/config%2f',
    '/api%2fconfig',
    '/API/config',
    '/api/Config',
    '/%61pi/config',
    '/api/config?x=/api/log-level',
    '/api/config;x',
    '/api/log-level/../config',
    '/api/config%00',
    '/api/config%20',
    'http://127.0.0.1/api/config',
  ])('are not got around by %s', async (target) => {
    const { gateway, as } = await start(acl({ path: '/api/config', allow: [] }, { path: '/*', allow: ['user'] }));
    const connection = await openConnection(gateway.url);
    connection.write(`GET ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${as('admin').authorization}\r\n\r\n`);
    const { status, body } = await connection.answer();
    connection.end();
    expect([308, 400, 403, 404], `${status} ${body}`).toContain(status);
    expect(body).not.toContain('"hash"');
  });
});

describe('T18 browsers', () => {
  const cookie = { cookie: 'openclaw_x=y' };

  it('get the same headers with every answer', async () => {
    const { gateway, as } = await start();
    for (const path of ['/', '/health', '/api/config', '/nothing', '/trpc/frame.me', '/v1/models', '/config.schema.json']) {
      const { headers } = await fetch(gateway.url + path, { headers: as('admin') });
      expect(Object.fromEntries(headers), path).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': expect.stringContaining('camera=()'),
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
    }
  });

  it.each([
    ['reads', 'GET', '/api/log-level', 'same-site', 403],
    ['reads', 'GET', '/api/log-level', 'cross-site', 403],
    ['reads', 'GET', '/trpc/frame.me', 'same-site', 403],
    ['reads', 'GET', '/api/log-level', 'same-origin', 401],
    ['reads', 'GET', '/api/log-level', 'none', 401],
    ['opens a page', 'GET', '/', 'cross-site', 200],
    ['writes', 'POST', '/api/shutdown', 'same-site', 403],
    ['writes', 'POST', '/api/shutdown', 'same-origin', 401],
  ])('a page that %s with the browser’s cookie (%s %s, Sec-Fetch-Site: %s) gets %s', async (_, method, path, site, wanted) => {
    const { status } = await start();
    expect(await status(path, { ...cookie, 'sec-fetch-site': site }, { method })).toBe(wanted);
  });

  it('D gateway.auth.cors.origins with * never means the browser’s login, and a named origin does', async () => {
    const { gateway, status } = await start({ gateway: { auth: { cors: { origins: ['*', 'https://app.example'] } } } });
    const from = async (origin: string) => (await fetch(`${gateway.url}/health`, { headers: { origin } })).headers;
    const any = await from('https://evil.example');
    expect([any.get('access-control-allow-origin'), any.get('access-control-allow-credentials')]).toEqual(['*', null]);
    const listed = await from('https://app.example');
    expect([listed.get('access-control-allow-origin'), listed.get('access-control-allow-credentials')]).toEqual([
      'https://app.example',
      'true',
    ]);
    expect(await status('/api/log-level', { ...cookie, origin: 'https://evil.example' })).toBe(403);
  });
});

describe('D gateway.auth.type disabled', () => {
  it('lets no page of another site write or read, though nobody signs in', async () => {
    const { gateway, status } = await start({ gateway: { auth: { type: 'disabled', cors: { origins: ['*'] } } } });
    const from = { origin: 'https://evil.example' };
    expect(await status('/api/shutdown', from, { method: 'POST' })).toBe(403);
    expect(await status('/api/shutdown', { 'sec-fetch-site': 'cross-site' }, { method: 'POST' })).toBe(403);
    expect((await fetch(`${gateway.url}/api/config`, { headers: from })).headers.get('access-control-allow-origin')).toBe(null);
    expect(gateway.shutdowns).toEqual([]);
  });

  it('answers by no name that a page may have pointed here, wherever it listens', async () => {
    const { gateway } = await start({ gateway: { auth: { type: 'disabled' }, network: { host: '0.0.0.0' } } });
    const called = async (host: string) => {
      const connection = await openConnection(gateway.url);
      connection.write(`GET /healthz HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
      const { status } = await connection.answer();
      connection.end();
      return status;
    };
    expect(await called('rebound.example')).toBe(403);
    expect(await called('127.0.0.1')).toBe(200);
    expect(await called(hostname())).toBe(200);
  });
});
