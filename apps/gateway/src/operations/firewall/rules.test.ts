/** What the rules of the firewall mean, and the text that they become. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { iptablesChain, iptablesRemoval, iptablesScript, nftScript } from './render.ts';
import { decide, lockouts, rulesInForce } from './rules.ts';
import { readConnection } from './session.ts';

const tcp = 'tcp' as const;
const inForce = (...rules: Parameters<typeof rulesInForce>[0]['rules']) => rulesInForce({ rules });
const LAN = inForce({ action: 'allow', source: '10.0.0.0/8', port: 18789, protocol: tcp });

describe('D gateway.security.firewall.rules', () => {
  test('a port that is allowed to some is closed to all others, of both families', () => {
    expect(LAN).toEqual([
      { action: 'allow', protocol: tcp, port: 18789, source: '10.0.0.0/8', family: 4 },
      { action: 'deny', protocol: tcp, port: 18789 },
    ]);
    expect(decide(LAN, { source: '10.1.1.1', port: 18789, protocol: tcp })).toBe('allow');
    expect(decide(LAN, { source: '192.168.1.1', port: 18789, protocol: tcp })).toBe('deny');
    expect(decide(LAN, { source: 'fd00::1', port: 18789, protocol: tcp })).toBe('deny');
    expect(decide(LAN, { source: '192.168.1.1', port: 22, protocol: tcp })).toBeUndefined();
    expect(decide(LAN, { source: '192.168.1.1', port: 18789, protocol: 'udp' })).toBeUndefined();
  });

  test('the first that fits decides', () => {
    const rules = inForce(
      { action: 'deny', source: '10.6.6.6', port: 80, protocol: tcp },
      { action: 'allow', source: '10.0.0.0/8', port: 80, protocol: tcp },
    );
    expect(decide(rules, { source: '10.6.6.6', port: 80, protocol: tcp })).toBe('deny');
    expect(decide(rules, { source: '10.6.6.7', port: 80, protocol: tcp })).toBe('allow');
  });

  test.each([
    ['10.1.2.3/8', '10.0.0.0/8', 4],
    ['10.1.2.3', '10.1.2.3/32', 4],
    ['fd00:1::1/16', 'fd00::/16', 6],
    ['FD00::1', 'fd00::1/128', 6],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8', 4],
    ['0.0.0.0/0', '0.0.0.0/0', 4],
    ['::/0', '::/0', 6],
  ])('the source %s is the network %s', (source, cidr, family) => {
    expect(inForce({ action: 'deny', source, protocol: tcp })).toEqual([{ action: 'deny', protocol: tcp, source: cidr, family }]);
  });

  test('this machine is never kept out of itself', () => {
    const rules = inForce({ action: 'deny', protocol: tcp });
    expect(decide(rules, { source: '127.0.0.1', port: 80, protocol: tcp })).toBe('allow');
  });
});

describe('whom the rules would keep out', () => {
  const gateway = { host: '0.0.0.0', port: 18789 };
  const ssh = { source: '203.0.113.9', port: 22 };

  test('whoever sits at the terminal by SSH', () => {
    const rules = inForce({ action: 'allow', source: '10.0.0.0/8', port: 22, protocol: tcp });
    expect(lockouts(rules, { ssh, gateway })).toMatchObject([{ kind: 'ssh', source: '203.0.113.9', port: 22 }]);
    expect(lockouts(LAN, { ssh, gateway })).toEqual([]);
  });

  test('everybody, from the gateway’s own port', () => {
    const rules = inForce({ action: 'deny', port: 18789, protocol: tcp });
    expect(lockouts(rules, { gateway })).toMatchObject([{ kind: 'gateway', port: 18789 }]);
    expect(lockouts(rules, { gateway: { host: '127.0.0.1', port: 18789 } })).toEqual([]);
    expect(lockouts(inForce({ action: 'deny', source: '0.0.0.0/0', protocol: tcp }), { gateway })).toEqual([]);
  });

  test('a session is read as sshd writes it', () => {
    expect(readConnection('203.0.113.9 51234 192.0.2.1 2222')).toEqual({ source: '203.0.113.9', port: 2222 });
    expect(readConnection('fe80::1%eth0 51234 fe80::2 22')).toEqual({ source: 'fe80::1', port: 22 });
    for (const nonsense of [undefined, '', 'UNKNOWN 65535 UNKNOWN 65535', '10.0.0.1']) expect(readConnection(nonsense)).toBeUndefined();
  });
});

describe('the text', () => {
  test('for iptables has one chain, which keeps what is open and this machine first, and each family its own', () => {
    expect(iptablesScript(LAN, 4, 0)).toBe(
      [
        '*filter',
        ':openclaw - [0:0]',
        '-A openclaw -i lo -j RETURN',
        '-A openclaw -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
        '-A openclaw -s 10.0.0.0/8 -p tcp -m tcp --dport 18789 -j ACCEPT',
        '-A openclaw -p tcp -m tcp --dport 18789 --tcp-flags FIN,SYN,RST,ACK SYN -j DROP',
        '-I INPUT 1 -j openclaw',
        'COMMIT',
        '',
      ].join('\n'),
    );
    expect(iptablesChain(LAN, 6).slice(2)).toEqual(['-A openclaw -p tcp -m tcp --dport 18789 --tcp-flags FIN,SYN,RST,ACK SYN -j DROP']);
  });

  test('for iptables leads to the chain once, however often it did, and takes every way to it away', () => {
    expect(iptablesScript(LAN, 4, 1)).not.toMatch(/INPUT/);
    expect(iptablesScript(LAN, 4, 3).match(/-D INPUT -j openclaw/g)).toHaveLength(2);
    expect(iptablesRemoval(2).match(/-D INPUT -j openclaw/g)).toHaveLength(2);
  });

  test('for nftables is one table that takes the place of the one before', () => {
    const rules = inForce(
      { action: 'allow', source: 'fd00::/8', port: 53, protocol: 'udp' },
      { action: 'deny', source: '10.0.0.1', protocol: tcp },
    );
    expect(nftScript(rules)).toBe(
      `add table inet openclaw
delete table inet openclaw
table inet openclaw {
	chain input {
		type filter hook input priority filter - 10; policy accept;
		iifname "lo" return
		ct state established,related return
		ip6 saddr fd00::/8 udp dport 53 accept
		ip saddr 10.0.0.1 tcp flags & (fin | syn | rst | ack) == syn drop
		udp dport 53 drop
	}
}
`,
    );
  });

  test('of any rules has a rule for each, in order, and nothing that could be a command of its own', () => {
    const rule = fc.record({
      action: fc.constantFrom('allow' as const, 'deny' as const),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      port: fc.integer({ min: 1, max: 65_535 }),
      source: fc.oneof(fc.ipV4(), fc.ipV6()),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), (rules) => {
        const all = inForce(...rules);
        const v4 = iptablesChain(all, 4).slice(2);
        expect(v4).toHaveLength(all.filter(({ family }) => family !== 6).length);
        for (const line of v4)
          expect(line).toMatch(
            /^-A openclaw (-s [\d./]+ )?-p (tcp|udp) (-m (tcp|udp) --dport \d+ (--tcp-flags FIN,SYN,RST,ACK SYN )?)?-j (ACCEPT|DROP)$/,
          );
        for (const line of iptablesChain(all, 6).slice(2)) expect(line).toMatch(/^-A openclaw (-s [\da-f:./]+ )?-p /);
        const nft = nftScript(all)
          .split('\n')
          .filter((line) => /(accept|drop)$/.test(line));
        expect(nft).toHaveLength(all.length);
        for (const line of nft)
          expect(line).toMatch(
            /^\t\t((ip|ip6) saddr [\da-f:./]+ )?(tcp|udp) dport \d+ (tcp flags & \(fin \| syn \| rst \| ack\) == syn )?(accept|drop)$/,
          );
      }),
    );
  });
});
