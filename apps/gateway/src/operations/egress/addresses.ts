/** What kind of address one is, whichever way it is written, and which IPv4 address travels inside an IPv6 one. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Nobody on the internet can be reached at an address of such a kind, or it means this machine, its networks or who runs them. */
export type SpecialKind = string;

/** An address that looks public and is answered by the host of a virtual machine: Azure's wire server. */
const PUBLIC_METADATA: ReadonlySet<string> = new Set(['168.63.129.16']);
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');
const ISATAP = 0x5efe;
/** What the library calls them, in words. */
const WORDS: Readonly<Record<string, SpecialKind>> = {
  unspecified: 'unspecified',
  broadcast: 'broadcast',
  multicast: 'multicast',
  linkLocal: 'link-local',
  loopback: 'loopback',
  carrierGradeNat: 'carrier-grade NAT',
  private: 'private',
  uniqueLocal: 'private',
  ipv4Mapped: 'IPv4-mapped',
  rfc6145: 'IPv4-translated',
  rfc6052: 'NAT64',
  '6to4': '6to4',
  teredo: 'Teredo',
};

/** An address as it is compared: without a zone, `::ffff:10.0.0.1` as it is. Nothing when it is none. */
export function bareAddress(written: string): string | undefined {
  const address = written.replace(/%.*$/, '');
  return isIP(address) === 0 ? undefined : address;
}

/** The address itself, and each IPv4 address that a packet to it may end at. */
export function formsOf(address: string): readonly string[] {
  if (isIP(address) !== 6) return [address];
  const { parts } = ipaddr.IPv6.parse(address);
  const [a = 0, b = 0, c = 0, , , , g = 0, h = 0] = parts;
  const last = dotted(g, h);
  const inside: string[] = [];
  if (isZero(parts, 0, 5) && parts[5] === 0xffff) inside.push(last);
  else if (isZero(parts, 0, 4) && parts[4] === 0xffff) inside.push(last);
  else if (isZero(parts, 0, 6) && (g !== 0 || h > 1)) inside.push(last);
  if (a === 0x64 && b === 0xff9b) inside.push(last);
  if (a === 0x2002) inside.push(dotted(b, c));
  if (a === 0x2001 && b === 0) inside.push(dotted(g ^ 0xffff, h ^ 0xffff));
  if (parts[5] === ISATAP && (parts[4] === 0 || parts[4] === 0x200)) inside.push(last);
  return [address, ...inside];
}

/** Why an address is none of a machine on the internet; nothing when it is one. Looks at the address alone, not at what is inside it. */
export function specialKind(address: string): SpecialKind | undefined {
  if (PUBLIC_METADATA.has(address)) return 'metadata service';
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range !== 'unicast') return WORDS[range] ?? 'reserved';
  return parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_IPV6) ? 'not global' : undefined;
}

export function isLoopbackAddress(address: string): boolean {
  return formsOf(address).some((form) => ipaddr.parse(form).range() === 'loopback');
}

function isZero(parts: readonly number[], from: number, to: number): boolean {
  return parts.slice(from, to).every((part) => part === 0);
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
