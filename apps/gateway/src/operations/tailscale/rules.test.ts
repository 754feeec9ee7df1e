import { describe, expect, test } from 'vitest';
import { configSchema } from '../../config/schema/index.ts';
import { comesByFunnel, comesRaw, exposureWarning, isTailscaleProxy } from './rules.ts';

const config = (tailscale: object) => configSchema.parse({ gateway: { tailscale } });
const off = config({});
const serve = config({ enabled: true });
const funnel = config({ enabled: true, funnel: { enabled: true } });
const raw = config({ enabled: true, funnel: { enabled: true, https: false } });
const NAME = 'openclaw-gateway.tail1a2b3.ts.net';

describe('E1 requests that Tailscale brings', () => {
  test('its proxy on this machine is believed while it is to publish the gateway, and passes requests on', () => {
    expect([off, serve, funnel, raw].map((each) => isTailscaleProxy(each, '127.0.0.1'))).toEqual([false, true, true, false]);
    expect(isTailscaleProxy(serve, '192.168.1.4')).toBe(false);
  });

  test.each([
    ['marked', { 'tailscale-funnel-request': '?1' }, '127.0.0.1', '203.0.113.9', true],
    ['not marked, from an address that is none of the tailnet', {}, '127.0.0.1', '203.0.113.9', true],
    ['from the tailnet', {}, '127.0.0.1', '100.101.102.103', false],
    ['from the tailnet by IPv6', {}, '::1', 'fd7a:115c:a1e0::7', false],
    ['not from this machine, so not by Tailscale', { 'tailscale-funnel-request': '?1' }, '192.168.1.4', '192.168.1.4', false],
  ])('a visitor from the internet is told: %s', (_, headers, peer, address, expected) => {
    const request = { headers, peer, servername: undefined };
    expect(comesByFunnel(funnel, request, { address, host: NAME })).toBe(expected);
    expect(comesByFunnel(serve, request, { address, host: NAME })).toBe(false);
  });

  test('who is passed on as he comes is told by the name that his TLS asks for', () => {
    expect(comesRaw(raw, NAME)).toBe(true);
    for (const other of ['localhost', 'ts.net.example.com', false, null, undefined] as const) expect(comesRaw(raw, other)).toBe(false);
    expect(comesRaw(funnel, NAME)).toBe(false);
    const request = { headers: {}, peer: '127.0.0.1', servername: NAME };
    expect(comesByFunnel(raw, request, { address: '127.0.0.1', host: 'localhost' })).toBe(true);
  });

  test('only a Funnel without sign-in is warned of', () => {
    expect([off, serve, funnel, raw].map(exposureWarning)).toEqual([undefined, undefined, undefined, undefined]);
    expect(exposureWarning(config({ enabled: true, funnel: { enabled: true, auth: 'none' } }))).toContain('funnel.auth');
  });
});
