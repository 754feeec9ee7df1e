/** The rules as the programs of the machine take them. Pure: the same rules give the same text, to the letter in which those programs show them. */
import type { Family, Rule } from './rules.ts';

/** The chain of iptables and the table of nftables. Nothing else is ever changed. */
export const NAME = 'openclaw';

/** This machine always reaches itself, and answers to what it asked come back. */
const PREAMBLE = ['-i lo -j RETURN', '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN'];

export function isOfFamily(rule: Rule, family: Family): boolean {
  return rule.family === undefined || rule.family === family;
}

/** The lines of the chain, as `iptables -S openclaw` shows them. */
export function iptablesChain(rules: readonly Rule[], family: Family): readonly string[] {
  const lines = rules.filter((rule) => isOfFamily(rule, family)).map(iptablesRule);
  return [...PREAMBLE, ...lines].map((line) => `-A ${NAME} ${line}`);
}

/**
 * Of TCP only what opens a connection is denied: the kernel knows of connections only from when it was first asked to, so one that
 * is older than the first rule would be cut.
 */
const OPENS = '--tcp-flags FIN,SYN,RST,ACK SYN';

function iptablesRule({ source, protocol, port, action }: Rule): string {
  const from = source === undefined || source.endsWith('/0') ? [] : [`-s ${source}`];
  const matches = [...(port === undefined ? [] : [`--dport ${port}`]), ...(action === 'deny' && protocol === 'tcp' ? [OPENS] : [])];
  const match = matches.length === 0 ? [] : [`-m ${protocol}`, ...matches];
  return [...from, `-p ${protocol}`, ...match, `-j ${action === 'allow' ? 'ACCEPT' : 'DROP'}`].join(' ');
}

/** For `iptables-restore --noflush`, which does all of it or nothing. `jumps`: how often INPUT leads to the chain already. */
export function iptablesScript(rules: readonly Rule[], family: Family, jumps: number): string {
  const jump = jumps === 0 ? [`-I INPUT 1 -j ${NAME}`] : Array<string>(jumps - 1).fill(`-D INPUT -j ${NAME}`);
  // Naming the chain makes it, or empties it.
  return script(['*filter', `:${NAME} - [0:0]`, ...iptablesChain(rules, family), ...jump, 'COMMIT']);
}

/** Brings back a chain as it was listed. `leads`: whether INPUT led to it. */
export function iptablesRollback(chain: readonly string[], leads: boolean): string {
  return script(['*filter', `:${NAME} - [0:0]`, ...chain, ...(leads ? [] : [`-D INPUT -j ${NAME}`]), 'COMMIT']);
}

/** Takes the chain away. */
export function iptablesRemoval(jumps: number): string {
  return script(['*filter', `:${NAME} - [0:0]`, ...Array<string>(jumps).fill(`-D INPUT -j ${NAME}`), `-X ${NAME}`, 'COMMIT']);
}

/** The table, as `nft list table inet openclaw` shows it. */
export function nftTable(rules: readonly Rule[]): string {
  return script([
    `table inet ${NAME} {`,
    '\tchain input {',
    '\t\ttype filter hook input priority filter - 10; policy accept;',
    '\t\tiifname "lo" return',
    '\t\tct state established,related return',
    ...rules.map((rule) => `\t\t${nftRule(rule)}`),
    '\t}',
    '}',
  ]);
}

export const NFT_OPENS = 'tcp flags & (fin | syn | rst | ack) == syn';

function nftRule({ source, family, protocol, port, action }: Rule): string {
  const verdict = action === 'allow' ? 'accept' : 'drop';
  const opens = action === 'deny' && protocol === 'tcp' ? [NFT_OPENS] : [];
  // Flags say by themselves that it is TCP.
  const any = opens.length > 0 ? [] : [`meta l4proto ${protocol}`];
  const to = port === undefined ? any : [`${protocol} dport ${port}`];
  return [...nftSource(source, family), ...to, ...opens, verdict].join(' ');
}

function nftSource(source: string | undefined, family: Family | undefined): readonly string[] {
  if (source === undefined) return [];
  if (source.endsWith('/0')) return [`meta nfproto ipv${family}`];
  const single = family === 6 ? '/128' : '/32';
  return [`${family === 6 ? 'ip6' : 'ip'} saddr ${source.endsWith(single) ? source.slice(0, -single.length) : source}`];
}

/** For `nft -f`, which does all of it or nothing. */
export function nftScript(rules: readonly Rule[]): string {
  return nftRemoval() + nftTable(rules);
}

/** Takes the table away, also where there is none. */
export function nftRemoval(): string {
  return script([`add table inet ${NAME}`, `delete table inet ${NAME}`]);
}

function script(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
