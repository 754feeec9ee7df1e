import fc from 'fast-check';
import { expect, test } from 'vitest';
import { networkOf } from './network.ts';

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['203.0.113.9:51234', '203.0.113.9'],
  ['2001:db8:1:2::7', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002:ffff::9', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::/64', '2001:db8:1:2::/64'],
  ['[2001:db8::1]:443', '2001:db8::/64'],
  ['2001:db8::1:2:3:4', '2001:db8::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['::', '0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b::/64'],
  ['203.0.113.9/64', undefined],
  ['example.com', undefined],
  ['', undefined],
  [undefined, undefined],
])('%s counts as %s', (written, network) => {
  expect(networkOf(written)).toBe(network);
});

test('all addresses of a /64 count as one, those of another as another, and a network stands for itself', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.tuple(group, group, group, group), fc.tuple(group, group, group, group), (head, tail) => {
      const write = (groups: readonly number[]) => groups.map((value) => value.toString(16)).join(':');
      const network = networkOf(write([...head, ...tail]));
      expect(network).toBe(networkOf(write([...head, 0, 0, 0, 1])));
      expect(networkOf(network)).toBe(network);
      expect(networkOf(write([head[0] ^ 1, head[1], head[2], head[3], ...tail]))).not.toBe(network);
    }),
  );
});
