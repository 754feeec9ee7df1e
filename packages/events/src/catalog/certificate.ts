import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { count, explain, hash, problem } from './shared.ts';

const domain = z.string().min(1).max(253);
/** The host of the authority's directory. */
const authority = z.string().min(1).max(261);
/** `files`: what the configuration names; `letsEncrypt`: what the gateway got itself. */
const source = z.enum(['files', 'letsEncrypt']);
/** SHA-256 of the certificate. */
const fingerprint = hash;
/** Milliseconds since 1970. */
const time = z.int();

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const CertificateReplaced = defineEvent('certificate.replaced', {
  version: 1,
  description: 'Another certificate is in force for new connections. Open ones go on with the one they began with.',
  schema: z.object({
    source,
    names: z.array(z.string().max(253)).max(100),
    fingerprint,
    previousFingerprint: fingerprint.optional(),
    expiresAt: time,
  }),
  summary: (d) => `Certificate for ${d.names[0] ?? 'no name'} in force until ${day(d.expiresAt)}`,
  retention: 'audit',
});

export const CertificateRefused = defineEvent('certificate.refused', {
  version: 1,
  description: 'A changed certificate, key or list of authorities cannot be used. What was in force before stays.',
  schema: z.object({ source, problem, inForce: fingerprint.optional() }),
  summary: (d) => `Certificate refused, the old one stays: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'error',
});

export const CertificateRequested = defineEvent('certificate.requested', {
  version: 1,
  description: 'The gateway begins to order a certificate from an authority.',
  schema: z.object({ domain, authority, renewal: z.boolean() }),
  summary: (d) => `${d.renewal ? 'Renewal of the certificate' : 'Certificate'} for ${d.domain} ordered from ${d.authority}`,
  retention: 'audit',
});

const issued = z.object({ domain, authority, fingerprint, expiresAt: time });

export const CertificateIssued = defineEvent('certificate.issued', {
  version: 1,
  description: 'An authority issued the first certificate for a domain.',
  schema: issued,
  summary: (d) => `Certificate for ${d.domain} issued by ${d.authority}, good until ${day(d.expiresAt)}`,
  retention: 'audit',
});

export const CertificateRenewed = defineEvent('certificate.renewed', {
  version: 1,
  description: 'An authority issued the next certificate for a domain before the old one expired.',
  schema: issued,
  summary: (d) => `Certificate for ${d.domain} renewed by ${d.authority}, good until ${day(d.expiresAt)}`,
  retention: 'audit',
});

export const CertificateFailed = defineEvent('certificate.failed', {
  version: 1,
  description: 'An authority issued no certificate. The old one, if there is one, stays in force, and the gateway tries again.',
  schema: z.object({
    domain,
    authority,
    renewal: z.boolean(),
    problem,
    /** How many times in a row it failed. */
    failures: count,
    nextAttemptAt: time,
  }),
  summary: (d) => `No certificate for ${d.domain} from ${d.authority}: ${explain(d.problem)}`.slice(0, 200),
  retention: 'audit',
  severity: 'error',
});

export type CertificateState = { readonly fingerprint?: string; readonly expiresAt?: number; readonly failures: number };

export const Certificate = defineAggregate<CertificateState>({
  name: 'certificate',
  events: [CertificateReplaced, CertificateRefused, CertificateRequested, CertificateIssued, CertificateRenewed, CertificateFailed],
  initial: () => ({ failures: 0 }),
  evolve: (state, event) => {
    if (CertificateReplaced.is(event)) return { ...state, fingerprint: event.data.fingerprint, expiresAt: event.data.expiresAt };
    if (CertificateIssued.is(event) || CertificateRenewed.is(event)) return { ...state, failures: 0 };
    if (CertificateFailed.is(event)) return { ...state, failures: event.data.failures };
    return state;
  },
});
