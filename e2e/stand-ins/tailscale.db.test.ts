/** The part of the gateway that drives Tailscale, against a `tailscale` program that stands as each test says. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '@openclaw-gateway/events';
import { afterEach, expect, test } from 'vitest';
import { type Config, readConfig } from '../../apps/gateway/src/config/index.ts';
import { createRemote, type Remote } from '../../apps/gateway/src/operations/remote.ts';
import { until } from '../gateway-process.ts';
import { installTailscale, type TailscaleState } from './tailscale.ts';

const ADDRESS = { host: '127.0.0.1', port: 18789 };
const SERVE = 'serve --bg --https=443 http://127.0.0.1:18789';
const FUNNEL = 'funnel --bg --https=443 http://127.0.0.1:18789';
const SET = 'set --hostname=openclaw-gateway --accept-routes=false --advertise-exit-node=false';
const UNSET = 'set --hostname= --accept-routes=true --advertise-exit-node=false';
const OFF = 'serve --https=443 --set-path=/ off';
const URL = 'https://openclaw-gateway.tail1a2b3.ts.net';
const OTHERS = {
  TCP: { 443: { HTTPS: true } },
  Web: { 'openclaw-gateway.tail1a2b3.ts.net:443': { Handlers: { '/': { Proxy: 'http://127.0.0.1:3000' } } } },
} as const;

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part[Symbol.asyncDispose]();
});

const configOf = (tailscale: object, rest: object = {}): Config =>
  readConfig(JSON.stringify({ gateway: { tailscale: { enabled: true, ...tailscale }, ...rest } }), { env: {} }).config;

/** A machine with Tailscale in a state, and gateways that run on it one after the other. */
async function machine(initial: Partial<TailscaleState> = {}) {
  const tailscale = await installTailscale(initial);
  const stateDir = await mkdtemp(join(tmpdir(), 'remote-'));
  opened.push(tailscale, { [Symbol.asyncDispose]: () => rm(stateDir, { recursive: true, force: true, maxRetries: 3 }) });
  const events: NewEvent[] = [];
  const logged: { details: object; message: string }[] = [];
  const log = (details: object, message: string) => void logged.push({ details, message });
  const gateway = (env: NodeJS.ProcessEnv = tailscale.env, checkMs = 200): Remote => {
    const remote = createRemote({
      stateDir,
      env,
      record: async (event) => void events.push(event),
      logger: { info: log, warn: log, error: log } as never,
      timing: { firstRetryMs: 50, maxRetryMs: 200, checkMs },
    });
    opened.push({ [Symbol.asyncDispose]: () => remote.close() });
    return remote;
  };
  const types = () => events.map(({ type }) => type);
  return { tailscale, events, types, logged, gateway };
}

const errorOf = (remote: Remote) => {
  const status = remote.status();
  return status.state === 'failed' ? status.error : undefined;
};

test('E1 gateway.tailscale.enabled and gateway.tailscale.hostname publish the gateway in the tailnet and take that back at the stop', async () => {
  const { tailscale, gateway, events } = await machine();
  const remote = gateway({ ...tailscale.env, OPENCLAW_GATEWAY_TOKEN: 'secret' });
  await remote.apply(configOf({ hostname: 'Post-Office' }), ADDRESS);
  expect(await tailscale.changes()).toEqual([SET.replace('openclaw-gateway', 'Post-Office'), SERVE]);
  const url = 'https://post-office.tail1a2b3.ts.net';
  expect(remote.status()).toEqual({ state: 'exposed', via: 'tailscale_serve', url, addresses: ['100.101.102.103', 'fd7a:115c:a1e0::1'] });
  expect(await tailscale.environment()).not.toContain('OPENCLAW_GATEWAY_TOKEN');
  await remote.close();
  expect(await tailscale.state()).toMatchObject({ hostname: 'Post-Office', serve: { Web: {}, TCP: {} } });
  expect(events.map(({ type, data }) => [type, data])).toEqual([
    ['remote.requested', { via: 'tailscale_serve', hostname: 'Post-Office', target: 'http://127.0.0.1:18789' }],
    ['remote.exposed', { via: 'tailscale_serve', url }],
    ['remote.unexposed', { via: 'tailscale_serve', url, reason: 'gateway stopping' }],
  ]);
});

test('E1 without gateway.tailscale.enabled the program is not even asked', async () => {
  const { tailscale, gateway } = await machine();
  const remote = gateway();
  await remote.apply(configOf({ enabled: false }), ADDRESS);
  expect(remote.status()).toEqual({ state: 'off' });
  expect(await tailscale.environment()).toEqual([]);
});

test('E1 gateway.tailscale.acl.subnetRoutes and gateway.tailscale.acl.exitNode are set as they say, and put back when it is turned off', async () => {
  const { tailscale, gateway } = await machine({ hostname: 'desk-old', acceptRoutes: false, exitNode: true });
  const remote = gateway();
  await remote.apply(configOf({ acl: { subnetRoutes: true, exitNode: false } }), ADDRESS);
  expect(await tailscale.state()).toMatchObject({ hostname: 'openclaw-gateway', acceptRoutes: true, exitNode: false });
  await remote.apply(configOf({ acl: { subnetRoutes: false, exitNode: true } }));
  expect(await tailscale.state()).toMatchObject({ acceptRoutes: false, exitNode: true });
  expect((await tailscale.changes()).filter((line) => line.startsWith('set'))).toEqual([
    'set --hostname=openclaw-gateway --accept-routes=true --advertise-exit-node=false',
    'set --hostname=openclaw-gateway --accept-routes=false --advertise-exit-node=true',
  ]);
  await remote.apply(configOf({ enabled: false }));
  expect(await tailscale.state()).toMatchObject({ hostname: 'desk-old', acceptRoutes: false, exitNode: true, serve: { Web: {} } });
});

test('E1 gateway.tailscale.funnel.enabled publishes it on the internet, and back in the tailnet alone', async () => {
  const { tailscale, gateway, types } = await machine();
  const remote = gateway();
  await remote.apply(configOf({ funnel: { enabled: true } }), ADDRESS);
  expect(remote.status()).toMatchObject({ state: 'exposed', via: 'tailscale_funnel', url: URL });
  expect((await tailscale.state()).serve.AllowFunnel).toEqual({ 'openclaw-gateway.tail1a2b3.ts.net:443': true });
  await remote.apply(configOf({}));
  expect(remote.status()).toMatchObject({ state: 'exposed', via: 'tailscale_serve' });
  expect((await tailscale.state()).serve.AllowFunnel).toEqual({});
  expect(await tailscale.changes()).toEqual([SET, FUNNEL, SET, SERVE]);
  expect(types()).toEqual(['remote.requested', 'remote.exposed', 'remote.unexposed', 'remote.requested', 'remote.exposed']);
});

test('E1 gateway.tailscale.funnel.https false passes connections on as they come, to the TLS of the gateway', async () => {
  const { tailscale, gateway } = await machine();
  const remote = gateway();
  const https = { network: { https: { enabled: true, cert: 'c.pem', key: 'k.pem' } } };
  await remote.apply(configOf({ funnel: { enabled: true } }, https), ADDRESS);
  await remote.apply(configOf({ funnel: { enabled: true, https: false } }, https));
  expect((await tailscale.state()).serve.TCP).toEqual({ 443: { TCPForward: '127.0.0.1:18789' } });
  await remote.close();
  const [, first, ...rest] = await tailscale.changes();
  expect(first).toBe('funnel --bg --https=443 https+insecure://127.0.0.1:18789');
  expect(rest).toEqual([SET, OFF, 'funnel --bg --tcp=443 tcp://127.0.0.1:18789', 'serve --tcp=443 off']);
});

test('E1 gateway.tailscale.funnel.auth "none" is warned of, in the log and the status', async () => {
  const { gateway, logged } = await machine();
  const remote = gateway();
  await remote.apply(configOf({ funnel: { enabled: true, auth: 'none' } }), ADDRESS);
  expect(remote.status()).toMatchObject({ state: 'exposed', warning: expect.stringContaining('gateway.tailscale.funnel.auth') });
  expect(logged.map(({ message }) => message)).toContainEqual(expect.stringContaining('gateway.tailscale.funnel.auth'));
});

test('E1 after a crash the next gateway finds what the one before it published, on another port too', async () => {
  const { tailscale, gateway } = await machine();
  // Neither of them stops in good order, nor looks again.
  await gateway(tailscale.env, 600_000).apply(configOf({}), ADDRESS);
  const next = gateway(tailscale.env, 600_000);
  await next.apply(configOf({}), { ...ADDRESS, port: 18790 });
  expect(next.status()).toMatchObject({ state: 'exposed', url: URL });
  expect((await tailscale.state()).serve.Web).toMatchObject({
    'openclaw-gateway.tail1a2b3.ts.net:443': { Handlers: { '/': { Proxy: 'http://127.0.0.1:18790' } } },
  });
  const last = gateway();
  await last.apply(configOf({ enabled: false }), ADDRESS);
  expect((await tailscale.changes()).slice(-2)).toEqual([OFF, UNSET]);
  expect(await tailscale.state()).toMatchObject({ hostname: '', serve: { Web: {} } });
});

test.each([
  ['TAILSCALE_NOT_RUNNING', { daemon: false }, {}, /systemctl enable --now tailscaled/],
  [
    'TAILSCALE_LOGGED_OUT',
    { backend: 'NeedsLogin', authUrl: 'https://login.tailscale.com/a/1c2d3e' },
    {},
    /https:\/\/login\.tailscale\.com\/a\/1c2d3e/,
  ],
  ['TAILSCALE_LOGGED_OUT', { backend: 'NeedsLogin' }, {}, /sudo tailscale up/],
  ['TAILSCALE_LOGGED_OUT', { backend: 'NeedsMachineAuth' }, {}, /admin\/machines/],
  ['TAILSCALE_STOPPED', { backend: 'Stopped' }, {}, /sudo tailscale up/],
  ['TAILSCALE_FORBIDDEN', { operator: false }, {}, /sudo tailscale set --operator=\w+ /],
  ['TAILSCALE_PORT_TAKEN', { serve: structuredClone(OTHERS) }, {}, /tailscale serve --https=443 off/],
  ['TAILSCALE_HTTPS_OFF', { https: false, asks: true }, {}, /https:\/\/login\.tailscale\.com\/f\/serve\?node=/],
  ['TAILSCALE_HTTPS_OFF', { https: false }, {}, /admin\/dns/],
  ['TAILSCALE_FUNNEL_NOT_ALLOWED', { funnel: false }, { funnel: { enabled: true } }, /node attribute "funnel"/],
  [
    'TAILSCALE_FUNNEL_NOT_ALLOWED',
    { funnel: false, asks: true },
    { funnel: { enabled: true } },
    /https:\/\/login\.tailscale\.com\/f\/funnel\?node=/,
  ],
  ['TAILSCALE_HTTPS_OFF', { https: false, funnel: true }, { funnel: { enabled: true } }, /admin\/dns/],
] as const)('E1 %s with %j is said once with what to do, and overcome by itself', async (code, broken, config, remedy) => {
  const { tailscale, gateway, events, types } = await machine(broken as Partial<TailscaleState>);
  const remote = gateway();
  await remote.apply(configOf(config), ADDRESS);
  const error = errorOf(remote);
  expect(error).toMatchObject({ code });
  expect(String(error?.details?.['remedy'] ?? error?.remedy)).toMatch(remedy);
  expect(error?.message).not.toMatch(/undefined|\n/);
  await tailscale.become({ daemon: true, backend: 'Running', operator: true, https: true, funnel: true, serve: {} });
  await until('it is published', () => remote.status().state === 'exposed' || undefined);
  expect(types()).toEqual(['remote.requested', 'remote.failed', 'remote.exposed']);
  expect(events[1]?.data).toMatchObject({ problem: { code } });
});

test('E1 TAILSCALE_NOT_INSTALLED where there is no such program, also at OPENCLAW_TAILSCALE_BIN', async () => {
  const { gateway } = await machine();
  const nowhere = gateway({ PATH: '/nonexistent' });
  await nowhere.apply(configOf({}), ADDRESS);
  expect(errorOf(nowhere)).toMatchObject({ code: 'TAILSCALE_NOT_INSTALLED', message: 'Tailscale is not installed on this machine.' });
  const wrong = gateway({ PATH: '/nonexistent', OPENCLAW_TAILSCALE_BIN: '/opt/tailscale' });
  await wrong.apply(configOf({}), ADDRESS);
  expect(errorOf(wrong)?.message).toContain('/opt/tailscale');
});

test('E1 what others serve is left alone, and is not brought to the internet', async () => {
  const beside = {
    TCP: { 443: { HTTPS: true } },
    Web: { 'openclaw-gateway.tail1a2b3.ts.net:443': { Handlers: { '/wiki': { Proxy: 'http://127.0.0.1:3000' } } } },
  } as const;
  const { tailscale, gateway } = await machine({ serve: structuredClone(beside) });
  const remote = gateway();
  await remote.apply(configOf({ funnel: { enabled: true } }), ADDRESS);
  expect(errorOf(remote)).toMatchObject({ code: 'TAILSCALE_PORT_TAKEN', message: expect.stringContaining('/wiki') });
  await remote.apply(configOf({}));
  expect(remote.status()).toMatchObject({ state: 'exposed' });
  await remote.close();
  expect((await tailscale.state()).serve).toMatchObject(beside);
  const [handlers] = Object.values((await tailscale.state()).serve.Web ?? {});
  expect(Object.keys(handlers?.Handlers ?? {})).toEqual(['/wiki']);
});

test('E1 what was taken away by hand, or is lost with the machine’s name, is published again; a sign-out is noticed', async () => {
  const { tailscale, gateway, types } = await machine();
  const remote = gateway();
  await remote.apply(configOf({}), ADDRESS);
  await tailscale.become({ serve: {} });
  await until('it is served again', async () => (await tailscale.state()).serve.Web?.['openclaw-gateway.tail1a2b3.ts.net:443']);
  await tailscale.become({ hostname: 'renamed-by-an-admin' });
  await until(
    'it is served by the new name',
    async () => (await tailscale.state()).serve.Web?.['renamed-by-an-admin.tail1a2b3.ts.net:443'],
  );
  await until('the status has it', () => {
    const status = remote.status();
    return (status.state === 'exposed' && status.url === 'https://renamed-by-an-admin.tail1a2b3.ts.net') || undefined;
  });
  await tailscale.become({ backend: 'NeedsLogin' });
  await until('the sign-out is noticed', () => errorOf(remote)?.code === 'TAILSCALE_LOGGED_OUT' || undefined);
  expect(types().slice(-2)).toEqual(['remote.unexposed', 'remote.failed']);
});
