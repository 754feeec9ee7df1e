import { block, choice, cidr, duration, flag, fraction, list, whole } from './values.ts';

const firewallRule = block({
  action: choice(['allow', 'deny']).describe('What happens to traffic that the rule fits.'),
  source: cidr().exactOptional().describe('Where it comes from; anywhere when left out.'),
  port: whole(1, 65535).exactOptional().describe('The port it goes to; any when left out.'),
  protocol: choice(['tcp', 'udp']).prefault('tcp').describe('Its protocol.'),
});

export const security = block({
  networkIsolation: block({
    enabled: flag()
      .prefault(false)
      .describe('Take connections from the networks of allowedInbound only, and make none to those of blockedOutbound.'),
    allowedInbound: list(cidr(), 'networks').prefault([]).describe('The networks that may connect. This machine always may.'),
    blockedOutbound: list(cidr(), 'networks')
      .prefault([])
      .describe('The networks that the gateway may not connect to. "0.0.0.0/0" means all addresses, IPv6 too, but this machine.'),
    allowedOutbound: list(cidr(), 'networks')
      .prefault([])
      .describe(
        'Exceptions, also while enabled is false: networks that blockedOutbound does not count for, and private ones that messages, models and tools may have it connect to.',
      ),
  }).prefault({}),
  firewall: block({
    enabled: flag().prefault(false).describe('Put rules into the firewall of this machine; needs root.'),
    type: choice(['iptables', 'nftables']).prefault('iptables').describe('The firewall.'),
    rules: list(firewallRule, 'firewall rules').prefault([]).describe('The rules, in order.'),
  }).prefault({}),
  ddos: block({
    enabled: flag()
      .prefault(false)
      .describe('Limit what one address may hold and ask, ban who asks more, and watch for unusual traffic. Bans by hand hold without it.'),
    connections: block({
      maxPerIp: whole(1, 1_000_000)
        .prefault(10)
        .describe(
          'How many connections one address may hold; behind a trusted proxy, how many requests and sockets under way. An IPv6 /64 is one address.',
        ),
      maxTotal: whole(1, 1_000_000)
        .prefault(1000)
        .describe('How many connections there may be in all, WebSocket clients included; a few more for this machine.'),
    }).prefault({}),
    rateLimit: block({
      window: duration().prefault('1m').describe('The window over which requests are counted.'),
      maxPerIp: whole(1, 1_000_000_000)
        .prefault(60)
        .describe('How many requests one address may make in a window. One that makes more is banned.'),
      banDuration: duration()
        .prefault('15m')
        .describe('How long an address is banned that made more, or whose unusual traffic is blocked.'),
    }).prefault({}),
    anomalyDetection: block({
      enabled: flag().prefault(true).describe('Watch for unusual traffic: its rate, errors, failed sign-ins and number of paths.'),
      threshold: fraction(0, 1)
        .prefault(0.8)
        .describe('From which score on traffic counts as unusual; docs/floods.md says how it is made.'),
      response: choice(['rate-limit', 'block', 'captcha'])
        .prefault('rate-limit')
        .describe('What happens to it: a tenth of what others may ask or less, a ban, or a puzzle that browsers solve by themselves.'),
    }).prefault({}),
  }).prefault({}),
});
