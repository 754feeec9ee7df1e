/** The names of cipher suites: TLS 1.3's own, and OpenSSL's for TLS 1.2. */
import { getCiphers } from 'node:tls';
import { nearest } from '@openclaw-gateway/events/nearest';
import { z } from 'zod';

/** Suites that need a shared secret in place of a certificate are no use to a server that has one. */
const KNOWN: readonly string[] = getCiphers()
  .map((name) => name.toUpperCase())
  .filter((name) => !/PSK|SRP/.test(name));

/** Whether a suite belongs to TLS 1.3; the others belong to TLS 1.2. */
export const isTls13Suite = (name: string): boolean => name.startsWith('TLS_');

/** One cipher suite. Another one is refused with the name that was probably meant. */
export function cipherSuite() {
  return z
    .string({ error: expectation(undefined) })
    .refine((name) => KNOWN.includes(name), { error: (issue) => expectation(suggestion(String(issue.input))) });
}

function expectation(close: string | undefined): string {
  if (close !== undefined) return `the name of a cipher suite, "${close}" or another one that OpenSSL knows`;
  return 'the name of a cipher suite of TLS 1.3 such as "TLS_AES_256_GCM_SHA384" or of TLS 1.2 such as "ECDHE-RSA-AES256-GCM-SHA384"';
}

/** TLS 1.2 suites have a second name in the standards: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256`. */
function suggestion(name: string): string | undefined {
  const inOpenSsl = name
    .toUpperCase()
    .replace(/^TLS_(.+)_WITH_/, '$1-')
    .replace(/AES_(128|256)/, 'AES$1');
  const words = /_WITH_/i.test(name) ? inOpenSsl.replaceAll('_', '-') : name;
  return nearest(words, KNOWN);
}
