import { isIPv6 } from 'node:net';
import { plainAddress } from '../access/addresses.ts';

/**
 * What counts as one address: an IPv4 address, or the /64 of an IPv6 address, within which a customer has as many as he likes.
 * Takes what sockets, proxies and people write; nothing when it is no address.
 * @example networkOf('2001:db8:1:2::7') // '2001:db8:1:2::/64'
 */
export function networkOf(written: string | undefined): string | undefined {
  const address = plainAddress(written?.replace(/\/64$/, ''));
  if (address === undefined || !isIPv6(address)) return written?.endsWith('/64') ? undefined : address;
  return `${prefixOf(address)}::/64`;
}

function prefixOf(address: string): string {
  // An IPv4 address at the end stands for two groups, and for those only.
  const [head = '', tail] = address.replace(/[\d.]+\.[\d.]+$/, '0:0').split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length;
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return all.join(':').replace(/(:0)+$/, '') || '0';
}
