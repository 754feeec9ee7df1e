import { BlockList, isIP } from 'node:net';

/** Whether an address of a socket is this machine's own. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

/**
 * Whether an address is one of these, which are addresses or networks as the configuration has them.
 * @example addressSet(['10.0.0.0/8', '::1'])('10.1.2.3') // true
 */
export function addressSet(entries: readonly string[]): (address: string | undefined) => boolean {
  if (entries.length === 0) return () => false;
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const plain = plainAddress(address);
    return plain !== undefined && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  };
}

/** An address without what sockets and proxies put around it: `::ffff:10.0.0.1`, `10.0.0.1:51234`, `[::1]:80`, `fe80::1%eth0`; nothing when it is none. */
export function plainAddress(written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const text = written.trim().toLowerCase();
  const inner = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const address = inner.replace(/%.*$/, '').replace(/^::ffff:(?=[\d.]+$)/, '');
  return isIP(address) === 0 ? undefined : address;
}
