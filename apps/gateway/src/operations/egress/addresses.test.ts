/** Which addresses are nobody's on the internet, however they are written. */
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { formsOf, isLoopbackAddress, specialKind } from './addresses.ts';
import { createPolicy } from './policy.ts';

const open = createPolicy({ allowed: [], blocked: [] });
const octet = fc.nat(255);
const dotted = (octets: readonly number[]) => octets.join('.');
/** The IPv4 networks that content may not reach. */
const privateV4 = fc.oneof(
  fc.tuple(fc.constant(10), octet, octet, octet),
  fc.tuple(fc.constant(127), octet, octet, octet),
  fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
  fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
  fc.tuple(fc.integer({ min: 224, max: 255 }), octet, octet, octet),
  fc.tuple(fc.constant(0), octet, octet, octet),
);
const group = (high: number, low: number) => ((high << 8) | low).toString(16);

describe('an address that content names', () => {
  test.each([
    ['0.0.0.0', 'unspecified'],
    ['10.1.2.3', 'private'],
    ['100.100.100.200', 'carrier-grade NAT'],
    ['127.0.0.2', 'loopback'],
    ['168.63.129.16', 'metadata service'],
    ['169.254.169.254', 'link-local'],
    ['172.31.255.255', 'private'],
    ['192.0.0.192', 'reserved'],
    ['192.168.0.1', 'private'],
    ['198.18.0.1', 'reserved'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::7f00:1', 'not global'],
    ['::ffff:8.8.8.8', 'IPv4-mapped'],
    ['::ffff:0:8.8.8.8', 'IPv4-translated'],
    ['64:ff9b::808:808', 'NAT64'],
    ['64:ff9b:1::808:808', 'NAT64'],
    ['2001:0:53aa:64c::1', 'Teredo'],
    ['2002:808:808::1', '6to4'],
    ['2001:db8::1', 'reserved'],
    ['4000::1', 'not global'],
    ['fd00:ec2::254', 'private'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['fec0::1', 'reserved'],
    ['ff02::1', 'multicast'],
  ])('%s is refused: %s', (address, kind) => {
    expect(open.judge(address, 'content')).toMatchObject({ rule: kind });
    expect(open.judge(address, 'operator')).toBeUndefined();
  });

  test.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::8'])('%s is taken', (address) => {
    expect(specialKind(address)).toBeUndefined();
    expect(open.judge(address, 'content')).toBeUndefined();
  });

  test('is refused in every IPv6 form in which a private IPv4 address can travel, also when that form itself is allowed', () => {
    const allowedForms = createPolicy({ allowed: ['64:ff9b::/96', '2002::/16', '2001::/32', '::/96', '::ffff:0:0:0/96'], blocked: [] });
    fc.assert(
      fc.property(privateV4, ([a, b, c, d]) => {
        const high = group(a, b);
        const low = group(c, d);
        const forms = [
          `::ffff:${dotted([a, b, c, d])}`,
          `::ffff:${high}:${low}`,
          `::ffff:0:${high}:${low}`,
          `64:ff9b::${high}:${low}`,
          `64:ff9b:1::${high}:${low}`,
          `2002:${high}:${low}::1`,
          `2001:0:1:2:3:4:${(~Number.parseInt(high, 16) & 0xffff).toString(16)}:${(~Number.parseInt(low, 16) & 0xffff).toString(16)}`,
          `2606:4700::5efe:${high}:${low}`,
          `2606:4700::200:5efe:${high}:${low}`,
        ];
        for (const form of forms) {
          expect(open.judge(form, 'content'), form).toBeDefined();
          expect(allowedForms.judge(form, 'content'), form).toBeDefined();
        }
      }),
    );
  });

  test('is judged alike in every spelling of IPv6', () => {
    fc.assert(
      fc.property(fc.ipV6(), (written) => {
        const parsed = ipaddr.IPv6.parse(written);
        const long = parsed.parts.map((part) => part.toString(16).padStart(4, '0')).join(':');
        const spellings = [parsed.toString(), parsed.toNormalizedString(), long, long.toUpperCase()];
        for (const spelling of spellings) expect(open.judge(spelling, 'content')).toEqual(open.judge(written, 'content'));
      }),
    );
  });
});

test('an IPv4 address inside an IPv6 one is found, and an ordinary one has none', () => {
  expect(formsOf('::ffff:10.0.0.1')).toEqual(['::ffff:10.0.0.1', '10.0.0.1']);
  expect(formsOf('2002:a00:1::1')).toContain('10.0.0.1');
  expect(formsOf('2606:4700::1')).toEqual(['2606:4700::1']);
  expect(formsOf('::1')).toEqual(['::1']);
  expect(isLoopbackAddress('::ffff:127.9.9.9')).toBe(true);
  expect(isLoopbackAddress('::ffff:128.0.0.1')).toBe(false);
});

describe('D gateway.security.networkIsolation.{blockedOutbound,allowedOutbound}', () => {
  const policy = createPolicy({ allowed: ['10.0.0.5', 'fd00:1::/32'], blocked: ['10.0.0.0/8', 'fd00::/8'] });

  test.each(['10.0.0.6', '::ffff:10.0.0.6', '64:ff9b::a00:6', 'fd00:2::1'])('%s is blocked, for the operator as well', (address) => {
    expect(policy.judge(address, 'operator')?.rule).toMatch(/^blocked by/);
    expect(policy.judge(address, 'operator')?.remedy).toContain('gateway.security.networkIsolation.blockedOutbound');
  });

  test.each(['10.0.0.5', 'fd00:1::1', '192.168.1.1', '8.8.8.8', '127.0.0.1'])('%s is not', (address) => {
    expect(policy.judge(address, 'operator')).toBeUndefined();
  });

  test('what is allowed is allowed to content as well, and nothing beside it', () => {
    expect(policy.judge('10.0.0.5', 'content')).toBeUndefined();
    expect(policy.judge('10.0.0.7', 'content')?.rule).toBe('private');
  });

  test.each(['0.0.0.0/0', '::/0'])('%s blocks every address of both families but those of this machine', (everything) => {
    const closed = createPolicy({ allowed: ['192.168.1.0/24'], blocked: [everything] });
    for (const address of ['8.8.8.8', '10.0.0.1', '2606:4700::1', '::ffff:8.8.8.8', '0.0.0.0']) {
      expect(closed.judge(address, 'operator'), address).toMatchObject({ rule: `blocked by ${everything}` });
    }
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '192.168.1.4']) {
      expect(closed.judge(address, 'operator'), address).toBeUndefined();
    }
    expect(closed.judge('127.0.0.1', 'content')?.rule).toBe('loopback');
  });

  test('this machine is blocked where it is named', () => {
    expect(createPolicy({ allowed: [], blocked: ['127.0.0.0/8'] }).judge('127.0.0.1', 'operator')?.rule).toBe('blocked by 127.0.0.0/8');
  });
});
