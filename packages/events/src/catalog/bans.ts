import { z } from 'zod';
import { defineEvent, pii } from '../define.ts';

/** An address, or the /64 of an IPv6 address. */
const address = pii(z.string().min(1).max(64));

const REASON = {
  rate: 'too many requests',
  anomaly: 'unusual traffic',
  operator: 'by an operator',
} as const;

export const AuthAddressBanned = defineEvent('auth.address_banned', {
  version: 1,
  description: 'An address is turned away from now on, until a time or until somebody lifts it.',
  schema: z.object({
    address,
    reason: z.enum(['rate', 'anomaly', 'operator']),
    /** When it ends, in milliseconds since 1970; without it, it does not end by itself. */
    until: z.int().positive().optional(),
    /** What an operator wrote. */
    note: pii(z.string().max(500)).optional(),
  }),
  summary: (d) => `Address ${d.address} banned: ${REASON[d.reason]}`,
  retention: 'audit',
  severity: 'warn',
});

export const AuthAddressUnbanned = defineEvent('auth.address_unbanned', {
  version: 1,
  description: 'A ban was lifted before its time. One whose time is over ends without an event.',
  schema: z.object({ address }),
  summary: (d) => `Address ${d.address} no longer banned`,
  retention: 'audit',
});
