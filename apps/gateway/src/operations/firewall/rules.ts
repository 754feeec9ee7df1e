/** What the rules of the configuration mean. Pure. */
import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { addressSet, isLoopback, plainAddress } from '../../access/addresses.ts';
import type { Config } from '../../config/index.ts';

export type FirewallSettings = Config['gateway']['security']['firewall'];
export type Family = 4 | 6;

export type Rule = {
  readonly action: 'allow' | 'deny';
  readonly protocol: 'tcp' | 'udp';
  readonly port?: number;
  /** A network; anywhere when left out. It decides the family; without it the rule is for both. */
  readonly source?: string;
  readonly family?: Family;
};

/** Who sits at the other end of a connection to a port of this machine. */
export type Packet = { readonly source: string; readonly port: number; readonly protocol: 'tcp' | 'udp' };

/**
 * The rules as they are put in force: those of the configuration in order, and after them one for each port that was allowed to
 * some, which closes it to all others. Ports that no rule names stay as they are.
 */
export function rulesInForce({ rules }: Pick<FirewallSettings, 'rules'>): readonly Rule[] {
  const written = rules.map(({ action, protocol, port, source }): Rule => {
    const network = source === undefined ? undefined : networkOf(source);
    return { action, protocol, ...(port !== undefined && { port }), ...(network && { source: network.cidr, family: network.family }) };
  });
  const closing = new Map<string, Rule>();
  for (const { action, protocol, port } of written) {
    if (action === 'allow' && port !== undefined) closing.set(`${protocol} ${port}`, { action: 'deny', protocol, port });
  }
  return [...written, ...closing.values()];
}

/** What happens to a packet; nothing where no rule fits, and then the rest of the machine's firewall decides. */
export function decide(rules: readonly Rule[], { source, port, protocol }: Packet): Rule['action'] | undefined {
  if (isLoopback(source)) return 'allow';
  return rules.find(
    (rule) =>
      rule.protocol === protocol &&
      (rule.port === undefined || rule.port === port) &&
      (rule.source === undefined || addressSet([rule.source])(source)),
  )?.action;
}

export type Lockout = { readonly kind: 'ssh' | 'gateway'; readonly message: string; readonly port: number; readonly source?: string };

/** Whom the rules would keep out who should not be: whoever sits at the terminal by SSH, and all users of the gateway. */
export function lockouts(
  rules: readonly Rule[],
  {
    ssh,
    gateway,
  }: {
    readonly ssh?: { readonly source: string; readonly port: number } | undefined;
    readonly gateway: { readonly host: string; readonly port: number };
  },
): readonly Lockout[] {
  const found: Lockout[] = [];
  if (ssh && decide(rules, { ...ssh, protocol: 'tcp' }) === 'deny') {
    found.push({
      kind: 'ssh',
      ...ssh,
      message: `Your own SSH session comes from ${ssh.source} to port ${ssh.port}. It would go on, but no new one could be opened from there.`,
    });
  }
  const { host, port } = gateway;
  if (
    !isLoopback(host) &&
    host !== 'localhost' &&
    samples(rules).every((source) => decide(rules, { source, port, protocol: 'tcp' }) === 'deny')
  ) {
    found.push({ kind: 'gateway', port, message: `Nobody but this machine could reach the gateway's own port ${port}.` });
  }
  return found;
}

/** Addresses for which rules may decide differently. */
function samples(rules: readonly Rule[]): readonly string[] {
  const named = rules.flatMap(({ source }) => (source === undefined ? [] : [source.slice(0, source.indexOf('/'))]));
  return [...named, '192.0.2.1', '10.255.255.254', '2001:db8::1'];
}

/** Changes with what the rules mean. */
export function hashOfRules(type: string, rules: readonly Rule[]): string {
  return createHash('sha256')
    .update(JSON.stringify([type, rules]))
    .digest('hex')
    .slice(0, 32);
}

/** A network as firewalls write it: without bits of a host, always with its length. Mapped IPv4 is IPv4: packets are. */
function networkOf(source: string): { readonly cidr: string; readonly family: Family } {
  const [written = '', bits] = source.split('/');
  const mapped = /^::ffff:/i.test(written) && plainAddress(written) !== written.toLowerCase();
  const address = plainAddress(written) ?? written;
  const family = address.includes(':') ? 6 : 4;
  const full = family === 6 ? 128 : 32;
  const length = bits === undefined ? full : Math.max(0, Number(bits) - (mapped ? 96 : 0));
  const parser = family === 6 ? ipaddr.IPv6 : ipaddr.IPv4;
  const network = parser.networkAddressFromCIDR(`${address}/${length}`);
  return { cidr: `${network.toString()}/${length}`, family };
}
