/**
 * How a command knows the gateway over TLS: by a certificate that this machine trusts for the name, or because it is the
 * gateway's own, as the state directory and the configuration have it. Never blindly, this machine or not.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { dirname, resolve } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { ERRORS, type ErrorCode, GatewayError } from '@openclaw-gateway/events';
import { inForceFile } from '../operations/tls/in-force.ts';
import type { Context } from './context.ts';

/** SHA-256 fingerprints of certificates that are the gateway's own. */
export type Trust = () => Promise<ReadonlySet<string>>;

export const trustNone: Trust = async () => new Set();

const PLAIN_MS = 2000;

/** Trusts the certificate that the gateway says it has in force, and the one that its configuration names. */
export function ownCertificates({ paths, configOrDefaults }: Pick<Context, 'paths' | 'configOrDefaults'>): Trust {
  return async () => {
    const { certificate } = (await configOrDefaults()).config.gateway.network.https;
    const files = [inForceFile(paths.dir), ...(certificate ? [resolve(dirname(paths.config), certificate.certFile)] : [])];
    const found = await Promise.all(files.map((file) => readFile(file).then(fingerprintOf, () => undefined)));
    return new Set(found.filter((fingerprint) => fingerprint !== undefined));
  };
}

/** A connection to the gateway for one request. It is handed over only when the certificate is trusted. */
export async function connectTrusted(url: URL, trust: Trust): Promise<TLSSocket> {
  const own = await trust();
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || 443);
  return new Promise((done, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false, ...(isName(host) && { servername: host }) });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      if (socket.authorized || (certificate && own.has(certificate.fingerprint256))) {
        socket.off('error', reject);
        return done(socket);
      }
      socket.destroy();
      reject(untrusted(url, String(socket.authorizationError), certificate));
    });
  });
}

/** Why the gateway cannot speak TLS yet, in its own words: on its port it also answers plain HTTP. No secret is sent. */
export function askWhyPending(url: URL): Promise<GatewayError | undefined> {
  return new Promise((done) => {
    const onResponse = (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => done(toPending(text))).once('error', () => done(undefined));
    };
    const asked = httpRequest(
      { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port, path: '/readyz', timeout: PLAIN_MS },
      onResponse,
    );
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => done(undefined)).end();
  });
}

function toPending(text: string): GatewayError | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: string; message?: string } };
    if (error?.code !== 'CERTIFICATE_PENDING') return undefined;
    const code = error.code as ErrorCode;
    return new GatewayError(code, { message: error.message ?? ERRORS[code].title });
  } catch {
    return undefined;
  }
}

function untrusted(url: URL, reason: string, certificate: X509Certificate | undefined): GatewayError {
  const subject = certificate?.subject.replaceAll('\n', ', ') ?? 'nobody';
  return new GatewayError('CERTIFICATE_UNTRUSTED', {
    message: `Connection refused: ${url.origin} shows a certificate for ${subject} that is neither trusted here (${reason}) nor the gateway's own.`,
    details: { url: url.origin, reason, ...(certificate && { fingerprint: certificate.fingerprint256 }) },
  });
}

function fingerprintOf(pem: Buffer): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return undefined;
  }
}

const isName = (host: string) => !/^[\d.]+$|:/.test(host);
