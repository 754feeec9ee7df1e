/** The site that `openclaw gateway nginx` prints, in the real nginx, in front of the real gateway. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayClient } from '@openclaw/gateway-client';
import { describe, expect, test } from 'vitest';
import { type GatewayProcess, prepareGateway, startGateway, until } from '../gateway-process.ts';
import { freePorts } from './free-port.ts';
import { checkSite, startNginx } from './nginx-process.ts';
import { begin, ELSEWHERE, signIn, silentSocket, visit } from './visitor.ts';

const TLS = join(import.meta.dirname, '../../apps/gateway/src/http/testing/tls');
const CERT = join(TLS, 'cert.pem');
const FINGERPRINT = new X509Certificate(readFileSync(CERT)).fingerprint256;

type Options = { readonly network?: object; readonly site?: (site: string) => string };

/** A gateway behind an nginx, as their commands set them up. */
async function behindNginx({ network = {}, site: change = (site) => site }: Options = {}) {
  await using stack = new AsyncDisposableStack();
  const [https = 0, http = 0, own = 0] = await freePorts(3);
  const url = `https://localhost:${https}`;
  const config = { gateway: { network: { trustedProxies: ['127.0.0.1'], publicUrl: url, ...network } } };
  const gateway = stack.use(await startGateway({ config, args: ['--port', String(own)] }));
  const site = change(await printSite(gateway, ['--https-port', String(https), '--http-port', String(http)]));
  const nginx = stack.use(await startNginx(site, http));
  const resources = stack.move();
  return { gateway, nginx, site, url, httpUrl: `http://localhost:${http}`, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function printSite(gateway: GatewayProcess, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gateway.command(['gateway', 'nginx', '--cert', CERT, '--key', join(TLS, 'key.pem'), ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

type Event = { readonly type: string; readonly data: Record<string, unknown> };
/** The newest event of a type, with its data. */
async function newest(gateway: GatewayProcess, type: string): Promise<Event> {
  return until(`an event ${type}`, async () => {
    const { rows } = await gateway.json<{ rows: { position: number }[] }>(`/api/events?type=${type}&limit=1`);
    return rows[0] && (await gateway.json<Event>(`/api/events/${rows[0].position}`));
  });
}

describe('behind the real nginx', () => {
  test('E3 the printed site passes `nginx -t` without a warning, also for several instances and for a gateway that speaks TLS', async () => {
    await using plain = await prepareGateway();
    const https = { enabled: true, cert: CERT, key: join(TLS, 'key.pem') };
    await using secure = await prepareGateway({ config: { gateway: { network: { https } } } });
    const domain = ['--domain', 'gateway.example.com'];
    const instances = ['--instances', '127.0.0.1:18789, [::1]:18790,localhost:18791'];
    const sites = [await printSite(plain, domain), await printSite(plain, [...domain, ...instances]), await printSite(secure, domain)];
    expect(sites[2]).toContain('proxy_pass https://openclaw;');
    for (const site of sites) {
      const { code, output } = await checkSite(site);
      expect(output).not.toMatch(/\[(warn|emerg|alert|error)\]/);
      expect(output).toContain('test is successful');
      expect(code).toBe(0);
    }
    // The check can fail.
    expect((await checkSite((sites[0] ?? '').replace('least_conn', '').replace('keepalive 32', 'keepalive many'))).code).not.toBe(0);
  });

  test('E3 its timeouts are a day or more, and what does not fit is refused', async () => {
    await using gateway = await prepareGateway();
    const site = await printSite(gateway, ['--domain', 'gateway.example.com']);
    for (const timeout of ['proxy_read_timeout', 'proxy_send_timeout']) expect(site).toMatch(new RegExp(`${timeout} 1d;`));
    const refused = async (...args: string[]) => (await gateway.command(['gateway', 'nginx', ...args])).stderr;
    expect(await refused()).toContain('--domain gateway.example.com');
    expect(await refused('--domain', 'a; return 200')).toContain('Expected a host name');
    expect(await refused('--domain', 'a.example', '--cert', '/tmp/"; evil')).toContain('Expected a path without quotes');
    expect(await refused('--domain', 'a.example', '--instances', '10.0.0.1')).toContain('addresses with ports');
  });

  test('E3 C5 gateway.network.trustedProxies and gateway.network.publicUrl: sign-in, cookie, address and scheme arrive; what a visitor forges does not', async () => {
    await using site = await behindNginx();
    const { gateway, url, httpUrl } = site;
    const redirect = await visit(`${httpUrl}/sessions/?a=b`);
    expect([redirect.status, redirect.headers.location]).toEqual([308, `${url}/sessions/?a=b`]);

    const forged = { 'x-forwarded-for': '6.6.6.6', 'x-real-ip': '6.6.6.6', 'x-forwarded-proto': 'http', forwarded: 'for=6.6.6.6' };
    const session = await signIn(url, await gateway.token(), forged);
    expect(session.status).toBe(200);
    expect(session.setCookie).toMatch(/^__Host-openclaw_\w+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/);
    expect((await visit(`${url}/api/me`, session)).status).toBe(200);
    expect((await newest(gateway, 'auth.login')).data['client']).toEqual({ address: ELSEWHERE, scheme: 'https' });

    expect((await signIn(url, 'wrong', forged)).status).toBe(401);
    expect((await newest(gateway, 'auth.denied')).data['client']).toEqual({ address: ELSEWHERE, scheme: 'https' });
    // For the gateway nobody behind the proxy is on its own machine.
    expect(JSON.parse((await visit(`${url}/health?detailed`)).body)).not.toHaveProperty('details');

    // Past the proxy, the same words are worth nothing.
    const direct = await signIn(gateway.url(), await gateway.token(), { ...forged, 'x-forwarded-proto': 'https' });
    expect(direct.setCookie).not.toContain('Secure');
    await until('the login is recorded', async () => {
      const { client } = (await newest(gateway, 'auth.login')).data as { client: { scheme: string } };
      return client.scheme === 'http' || undefined;
    });
    const { stdout } = await gateway.command(['dashboard', '--json', '--no-open']);
    expect((JSON.parse(stdout) as { url: string }).url).toContain(`${url}/#c=`);
    expect(await gateway.command(['logs', '--grep', 'gateway.network.trustedProxies'])).toMatchObject({
      stdout: expect.stringContaining(ELSEWHERE),
    });
  });

  test('E3 bodies as large as the gateway takes get through, and its own answers come back', async () => {
    await using site = await behindNginx();
    const headers = { authorization: `Bearer ${await site.gateway.token()}` };
    const content = 'x'.repeat(3 * 1024 * 1024);
    const large = await visit(`${site.url}/api/messages`, { headers, json: { from: 'anna', text: content.repeat(3) } });
    expect(large.status).toBe(413);
    expect(JSON.parse(large.body)).toMatchObject({ error: { code: 'BODY_TOO_LARGE', retryable: false } });
    // The gateway read it all before it found that it has no such agent.
    const messages = [{ role: 'user', content }];
    const history = await visit(`${site.url}/v1/chat/completions`, { headers, json: { model: 'nobody', messages } });
    expect(history.status).toBe(404);
    const status = await visit(`${site.url}/api/status`, { headers });
    expect(status.headers['cache-control']).toBe('no-store');
  });

  test('E3 C5 the published WebSocket client connects through it, and again after the gateway was restarted; meanwhile it is told when to come again', async () => {
    await using site = await behindNginx();
    const { gateway, url } = site;
    let hellos = 0;
    const client = new GatewayClient({
      url: `${url.replace('https', 'wss')}/`,
      token: await gateway.token(),
      tlsFingerprint: FINGERPRINT,
      onHelloOk: () => hellos++,
    });
    client.start();
    try {
      await until('the client is connected', () => hellos === 1 || undefined);
      expect(await client.request('health', {})).toMatchObject({ ok: true });
      await gateway.stop();
      const away = await visit(`${url}/api/status`);
      expect([away.status, away.headers['retry-after'], away.headers['content-type']]).toEqual([502, '2', 'application/json']);
      expect(JSON.parse(away.body)).toMatchObject({ error: { code: 'GATEWAY_UNREACHABLE', retryable: true } });
      await gateway.start();
      await until('the client is connected again', () => hellos === 2 || undefined);
      expect(await client.request('health', {})).toMatchObject({ ok: true });
    } finally {
      await client.stopAndWait();
    }
  });

  test('E3 C5 events of the dashboard arrive as they happen', async () => {
    await using site = await behindNginx();
    const { gateway, url } = site;
    const session = await signIn(url, await gateway.token());
    const input = encodeURIComponent(JSON.stringify({ after: 0 }));
    const stream = await begin(`${url}/trpc/events.live?input=${input}`, session);
    expect(stream.headers['content-type']).toContain('text/event-stream');
    let heard = '';
    stream.setEncoding('utf8').on('data', (text: string) => (heard += text));
    await until('the first events arrive', () => heard.includes('gateway.started') || undefined);
    await gateway.json('/api/messages', { method: 'POST', body: JSON.stringify({ from: 'anna', text: 'hi' }) });
    await until('the next arrive on the same stream', () => heard.includes('message.received') || undefined);
    expect(stream.complete).toBe(false);
    stream.destroy();
  });

  test('E3 C5 a proxy that buffers would keep them back: the site must say that it does not', async () => {
    const buffered = (text: string) =>
      text.replace('proxy_buffering off;', 'proxy_buffering on;\n        proxy_ignore_headers X-Accel-Buffering;');
    await using site = await behindNginx({ site: buffered });
    const session = await signIn(site.url, await site.gateway.token());
    const stop = new AbortController();
    let hasBegun = false;
    const stream = begin(`${site.url}/trpc/events.live?input=${encodeURIComponent('{}')}`, { ...session, signal: stop.signal });
    const ended = stream.then(
      () => (hasBegun = true),
      () => undefined,
    );
    await site.gateway.json('/api/messages', { method: 'POST', body: JSON.stringify({ from: 'anna', text: 'hi' }) });
    await delay(1500);
    expect(hasBegun).toBe(false);
    stop.abort();
    await ended;
  });

  // Everything happens in seconds that otherwise happens in a day.
  const inSeconds = (site: string) => site.replaceAll(/(proxy_(?:read|send)_timeout) 1d;/g, '$1 3s;');

  test('E3 C5 gateway.network.connections.webSocketTimeout: the pings it brings keep an idle socket beyond the timeout of the proxy', async () => {
    await using site = await behindNginx({ site: inSeconds, network: { connections: { webSocketTimeout: '3s' } } });
    using socket = await silentSocket(site.url, await site.gateway.token());
    await until('pings have come for three times the timeout', () => socket.pings() >= 9 || undefined);
    expect(socket.isOpen()).toBe(true);
  });

  test('E3 C5 without pings the proxy cuts an idle socket', async () => {
    await using site = await behindNginx({ site: inSeconds, network: { connections: { webSocketTimeout: '1h' } } });
    using socket = await silentSocket(site.url, await site.gateway.token());
    expect(await socket.closed).toBe(1006);
    expect(socket.pings()).toBe(0);
  });
});
