import { readFile } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import { DEFAULT_CIPHERS } from 'node:tls';
import { GatewayError } from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';

/** What a TLS server needs, when the configuration asks for one. Throws `CONFIG_INVALID` when it names no certificate. */
export async function tlsOptions({ https }: Config['gateway']['network']): Promise<ServerOptions | undefined> {
  if (!https.enabled) return undefined;
  const { certificate, minVersion, cipherSuites } = https;
  if (!certificate) {
    throw new GatewayError('CONFIG_INVALID', { message: 'gateway.network.https is enabled but names no certificate and key.' });
  }
  const { certFile, keyFile, caFile } = certificate;
  const [cert, key, ca] = await Promise.all([readFile(certFile), readFile(keyFile), caFile === undefined ? undefined : readFile(caFile)]);
  return {
    cert,
    key,
    // Some clients have a certificate of their own and are checked; no client must have one.
    ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: false }),
    minVersion: minVersion === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
    ciphers: [...cipherSuites, DEFAULT_CIPHERS].join(':'),
  };
}
