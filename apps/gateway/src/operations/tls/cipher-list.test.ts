import { getCiphers } from 'node:tls';
import { expect, test } from 'vitest';
import { CIPHER_SUITES } from '../../config/schema/cipher-suites.ts';
import { cipherList } from './cipher-list.ts';

test('gateway.network.https.cipherSuites may name every suite of OpenSSL that a server with a certificate can speak', () => {
  const spoken = getCiphers().map((name) => name.toUpperCase());
  expect(CIPHER_SUITES.toSorted()).toEqual(spoken.filter((name) => !/PSK|SRP|^A(EC)?DH-|^DHE-/.test(name)).toSorted());
});

test('a version none of whose suites is named keeps the defaults of Node, one that has some keeps to them', () => {
  const both = cipherList(['TLS_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256']);
  expect(both).toBe('TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256');
  expect(cipherList(['TLS_AES_128_GCM_SHA256'])).toMatch(/^TLS_AES_128_GCM_SHA256:ECDHE-/);
  expect(cipherList(['AES128-SHA'])).toMatch(/^TLS_AES_256_GCM_SHA384:.*:AES128-SHA$/);
  expect(cipherList([])).toMatch(/^TLS_AES_256_GCM_SHA384:.*:ECDHE-RSA-AES128-GCM-SHA256/);
});
