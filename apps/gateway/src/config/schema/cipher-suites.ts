/** The names of cipher suites: TLS 1.3's own, and OpenSSL's for TLS 1.2. */
import { nearest } from '@openclaw-gateway/events/nearest';
import { z } from 'zod';

const TLS13 = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
];
const AFTER_ECDHE = [
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'CHACHA20-POLY1305',
  'AES128-SHA256',
  'AES256-SHA384',
  'AES128-SHA',
  'AES256-SHA',
];
const WITHOUT_FORWARD_SECRECY = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'AES128-SHA256', 'AES256-SHA256', 'AES128-SHA', 'AES256-SHA'];

/** All that a server with a certificate can speak. Suites with DHE are not among them: the gateway has no parameters for them. */
export const CIPHER_SUITES: readonly string[] = [
  ...TLS13,
  ...AFTER_ECDHE.map((suite) => `ECDHE-ECDSA-${suite}`),
  ...AFTER_ECDHE.map((suite) => `ECDHE-RSA-${suite}`),
  ...WITHOUT_FORWARD_SECRECY,
];

/** Whether a suite belongs to TLS 1.3; the others belong to TLS 1.2. */
export const isTls13Suite = (name: string): boolean => name.startsWith('TLS_');

/** One cipher suite. Another one is refused with the name that was probably meant. */
export function cipherSuite() {
  return z.enum(CIPHER_SUITES, {
    error: ({ input }) => expectation(typeof input === 'string' ? suggestion(input) : undefined),
  });
}

function expectation(close: string | undefined): string {
  if (close !== undefined) return `the name of a cipher suite, "${close}" or another one that the gateway can speak`;
  return 'the name of a cipher suite of TLS 1.3 such as "TLS_AES_256_GCM_SHA384" or of TLS 1.2 such as "ECDHE-RSA-AES256-GCM-SHA384"';
}

/** TLS 1.2 suites have a second name in the standards: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256`. */
function suggestion(name: string): string | undefined {
  const inOpenSsl = name
    .toUpperCase()
    .replace(/^TLS_(.+)_WITH_/, '$1-')
    .replace(/AES_(128|256)/, 'AES$1');
  const words = /_WITH_/i.test(name) ? inOpenSsl.replaceAll('_', '-') : name;
  return nearest(words, CIPHER_SUITES);
}
