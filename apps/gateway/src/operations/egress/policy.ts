/** Whether a connection may be made to an address. Pure: who resolves names and connects is in guard.ts. */
import { isDeepStrictEqual } from 'node:util';
import { addressSet } from '../../access/addresses.ts';
import type { Config } from '../../config/index.ts';
import { bareAddress, formsOf, isLoopbackAddress, specialKind } from './addresses.ts';

const KEYS = 'gateway.security.networkIsolation';

export type EgressRules = { readonly allowed: readonly string[]; readonly blocked: readonly string[] };

/** Who wrote the destination: the operator in the configuration, or a message, a model, a tool's argument, a server's redirect. */
export type NamedBy = 'operator' | 'content';

/** Why an address is refused, and what the operator changes to allow it. */
export type Refusal = { readonly rule: string; readonly remedy: string };

export type EgressPolicy = {
  readonly rules: EgressRules;
  readonly judge: (address: string, namedBy: NamedBy) => Refusal | undefined;
};

/** The rules that a configuration makes. What is allowed counts always; what is blocked, while isolation is on. */
export function egressRules({ gateway }: Config): EgressRules {
  const { enabled, allowedOutbound, blockedOutbound } = gateway.security.networkIsolation;
  return { allowed: allowedOutbound, blocked: enabled ? blockedOutbound : [] };
}

export function sameRules(one: EgressRules, other: EgressRules): boolean {
  return isDeepStrictEqual(one, other);
}

/**
 * Judges addresses. An IPv4 address inside an IPv6 one is judged like the address itself, and both must pass. What is allowed by
 * name passes; then what content named must be a machine on the internet; then nothing may be blocked.
 */
export function createPolicy(rules: EgressRules): EgressPolicy {
  const isAllowed = addressSet(rules.allowed);
  const blocked = rules.blocked.map((entry) => ({ entry, has: blockOf(entry) }));
  const judgeForm = (form: string, namedBy: NamedBy): Refusal | undefined => {
    if (isAllowed(form)) return undefined;
    const kind = namedBy === 'content' ? specialKind(form) : undefined;
    if (kind !== undefined) {
      return { rule: kind, remedy: `Add it to ${KEYS}.allowedOutbound if whoever writes to the gateway may have it call this address.` };
    }
    const hit = blocked.find(({ has }) => has(form));
    if (!hit) return undefined;
    return {
      rule: `blocked by ${hit.entry}`,
      remedy: `Take ${hit.entry} out of ${KEYS}.blockedOutbound, or add the address to ${KEYS}.allowedOutbound, which wins.`,
    };
  };
  return {
    rules,
    judge: (written, namedBy) => {
      const address = bareAddress(written);
      if (address === undefined) return { rule: 'not an address', remedy: 'Name an IP address or a host name.' };
      for (const form of formsOf(address)) {
        const refusal = judgeForm(form, namedBy);
        if (refusal) return refusal;
      }
      return undefined;
    },
  };
}

/** A network of all addresses means those of both families, but not this machine. */
function blockOf(entry: string): (address: string) => boolean {
  return /\/0+$/.test(entry) ? (address) => !isLoopbackAddress(address) : addressSet([entry]);
}
