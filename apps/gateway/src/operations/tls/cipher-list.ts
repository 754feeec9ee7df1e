import { DEFAULT_CIPHERS } from 'node:tls';
import { isTls13Suite } from '../../config/index.ts';

/** The suites that are named, as OpenSSL takes them; Node's own for a TLS version none of whose suites is named. */
export function cipherList(named: readonly string[]): string {
  const choose = (of: (name: string) => boolean) => {
    const chosen = named.filter(of);
    return chosen.length > 0 ? chosen : DEFAULT_CIPHERS.split(':').filter(of);
  };
  return [...choose(isTls13Suite), ...choose((name) => !isTls13Suite(name))].join(':');
}
