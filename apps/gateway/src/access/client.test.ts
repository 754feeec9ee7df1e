import { describe, expect, test } from 'vitest';
import { addressSet, plainAddress } from './addresses.ts';
import { findClient } from './client.ts';

const PROXY = '10.0.0.2';
const headers = (more: Record<string, string>) => ({ host: 'gw:18789', ...more });
const find = (more: Record<string, string>, trusted: readonly string[], peer = PROXY) =>
  findClient(headers(more), { address: peer, encrypted: false }, addressSet(trusted));

describe('C5 who the client of a request is', () => {
  test('nobody is believed who is not trusted', () => {
    const said = { 'x-forwarded-for': '1.2.3.4', 'x-real-ip': '1.2.3.4', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' };
    expect(find(said, [])).toEqual({ address: PROXY, scheme: 'http', host: 'gw:18789', relayed: true });
    expect(find(said, ['10.0.0.3'])).toMatchObject({ address: PROXY });
    expect(find({}, [])).toMatchObject({ relayed: false });
  });

  test.each([
    ['one proxy', '203.0.113.9', [PROXY], '203.0.113.9'],
    ['what the client made up stands left of it', '6.6.6.6, 203.0.113.9', [PROXY], '203.0.113.9'],
    ['two proxies of ours', '6.6.6.6, 203.0.113.9, 10.0.0.1', ['10.0.0.0/8'], '203.0.113.9'],
    ['the second is not ours', '203.0.113.9, 172.16.0.1', [PROXY], '172.16.0.1'],
    ['all are ours: the farthest counts', '10.0.0.9, 10.0.0.1', ['10.0.0.0/8'], '10.0.0.9'],
    ['with ports and brackets', '[2001:db8::1]:443', [PROXY], '2001:db8::1'],
    ['IPv4 in IPv6', '::ffff:203.0.113.9', [PROXY], '203.0.113.9'],
    ['no address: the proxy that wrote it counts', 'unknown', [PROXY], PROXY],
    ['no address further left', '6.6.6.6, unknown, 10.0.0.1', ['10.0.0.0/8'], '10.0.0.1'],
  ])('the list is walked from the right: %s', (_, list, trusted, address) => {
    expect(find({ 'x-forwarded-for': list }, trusted).address).toBe(address);
  });

  test('X-Real-IP counts where there is no list', () => {
    expect(find({ 'x-real-ip': '203.0.113.9' }, [PROXY]).address).toBe('203.0.113.9');
    expect(find({ 'x-real-ip': '6.6.6.6', 'x-forwarded-for': '203.0.113.9' }, [PROXY]).address).toBe('203.0.113.9');
  });

  test('scheme and host are read at the place of the client', () => {
    const two = {
      'x-forwarded-for': '203.0.113.9, 10.0.0.1',
      'x-forwarded-proto': 'https, http',
      'x-forwarded-host': 'gate.example, inner',
    };
    expect(find(two, ['10.0.0.0/8'])).toMatchObject({ scheme: 'https', host: 'gate.example' });
    const spoofed = {
      'x-forwarded-for': '6.6.6.6, 203.0.113.9',
      'x-forwarded-proto': 'https, http',
      'x-forwarded-host': 'evil.example, gate.example',
    };
    expect(find(spoofed, [PROXY])).toMatchObject({ address: '203.0.113.9', scheme: 'http', host: 'gate.example' });
    expect(find({ 'x-forwarded-for': '1.1.1.1, 203.0.113.9', 'x-forwarded-proto': 'HTTPS' }, [PROXY])).toMatchObject({ scheme: 'https' });
    expect(find({ 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'gopher' }, [PROXY])).toMatchObject({ scheme: 'http' });
  });
});

test('addresses are compared whatever form they have', () => {
  const isListed = addressSet(['127.0.0.1', '10.0.0.0/8', 'fd00::/16', '::1']);
  for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '10.200.1.1', 'fd00::7', 'FD00::7', '::1'])
    expect(isListed(address), address).toBe(true);
  for (const address of ['127.0.0.2', '11.0.0.1', 'fd01::1', '', undefined, 'localhost']) expect(isListed(address), address).toBe(false);
  expect(plainAddress('fe80::1%eth0')).toBe('fe80::1');
});
