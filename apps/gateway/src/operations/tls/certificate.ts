/** Reads a certificate with its private key and says what is wrong with them, in the words of whoever has to mend it. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { GatewayError } from '@openclaw-gateway/events';
import { type Certificate, type Finding, sentence } from '../../config/index.ts';

const KEYS = 'gateway.network.https';
const DAY_MS = 86_400_000;
/** A certificate from a file that has no more than this left needs someone to renew it. */
export const EXPIRES_SOON_MS = 14 * DAY_MS;

export type CertificateFacts = {
  /** The names and addresses that it is good for. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** Milliseconds since 1970, both. */
  readonly notBefore: number;
  readonly expiresAt: number;
  /** SHA-256 in hexadecimal. */
  readonly fingerprint: string;
};

/** A certificate and what belongs to it, as PEM and proven to fit together. */
export type Credentials = {
  readonly cert: string;
  readonly key: string;
  /** The authorities whose clients are let in. */
  readonly ca?: string;
  readonly facts: CertificateFacts;
  /** What does not keep it from being served. */
  readonly warnings: readonly string[];
};

/** Reads the files, relative ones from `folder`. Throws CERTIFICATE_INVALID with `details.findings`, all that there are. */
export async function readCredentials(files: Certificate, folder: string): Promise<Credentials> {
  const [certPath, keyPath, caPath] = [files.certFile, files.keyFile, files.caFile].map((file) => file && resolve(folder, file));
  const [cert, key, ca] = await Promise.all([
    readPem(files.keys.certFile, certPath ?? '', 'CERTIFICATE'),
    readPem(files.keys.keyFile, keyPath ?? '', 'PRIVATE KEY'),
    caPath === undefined ? undefined : readPem('cert.caFile', caPath, 'CERTIFICATE'),
  ]);
  const findings = [cert, key, ca].flatMap((file) => (file && 'finding' in file ? [file.finding] : []));
  if (findings.length > 0 || 'finding' in cert || 'finding' in key || (ca && 'finding' in ca)) throw invalid(findings);
  const [chain, privateKey] = [parseCertificates(cert), parseKey(key)];
  const authorities = ca && parseCertificates(ca);
  if ('finding' in chain || 'finding' in privateKey || (authorities && 'finding' in authorities)) {
    throw invalid([chain, privateKey, authorities].flatMap((part) => (part && 'finding' in part ? [part.finding] : [])));
  }
  const [own] = chain.certificates;
  if (!own?.checkPrivateKey(privateKey.key)) throw invalid([mismatch(files, cert, key, chain.certificates, privateKey.key)]);
  const credentials = { cert: cert.pem, key: key.pem, ...(ca && { ca: ca.pem }) };
  proveUsable(credentials, files, cert.path);
  const openToAll = (await stat(key.path)).mode & 0o004;
  const warnings = openToAll ? [`every user of this machine can read the private key ${key.path}: \`chmod 600 ${key.path}\``] : [];
  return { ...credentials, facts: factsOf(own), warnings };
}

/** What a certificate says of itself. */
export function factsOf(certificate: X509Certificate): CertificateFacts {
  const alternative = certificate.subjectAltName?.split(', ').map((name) => name.replace(/^(DNS|IP Address|URI|email):/, '')) ?? [];
  return {
    names: alternative.length > 0 ? alternative : [commonName(certificate.subject) ?? 'no name'],
    issuer: commonName(certificate.issuer) ?? certificate.issuer.replaceAll('\n', ', '),
    notBefore: certificate.validFromDate.getTime(),
    expiresAt: certificate.validToDate.getTime(),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/** What clients will say of a certificate at this time; nothing when they will be content. */
export function problemOfTime({ notBefore, expiresAt }: CertificateFacts, now: number): string | undefined {
  if (now < notBefore)
    return `the certificate is good only from ${day(notBefore)} on, so clients refuse it; is the clock of this machine right?`;
  if (now >= expiresAt) return `the certificate expired on ${day(expiresAt)}, so clients refuse it`;
  if (expiresAt - now < EXPIRES_SOON_MS) return `the certificate expires ${expiresIn(expiresAt, now)}`;
  return undefined;
}

/** "in 61 days", "in 5 hours", "3 days ago". */
export function expiresIn(expiresAt: number, now: number): string {
  const left = Math.abs(expiresAt - now);
  const [count, unit] = left >= 2 * DAY_MS ? [Math.floor(left / DAY_MS), 'day'] : [Math.floor(left / 3_600_000), 'hour'];
  const text = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return expiresAt > now ? `in ${text}` : `${text} ago`;
}

type Pem = { readonly path: string; readonly key: string; readonly pem: string };
type Failed = { readonly finding: Finding };

async function readPem(key: string, path: string, kind: 'CERTIFICATE' | 'PRIVATE KEY'): Promise<Pem | Failed> {
  const finding = (expected: string, hint?: string): Failed => ({
    finding: { path: `${KEYS}.${key}`, value: JSON.stringify(path), expected, ...(hint && { hint }) },
  });
  const what = kind === 'CERTIFICATE' ? 'a certificate in PEM' : 'a private key in PEM';
  const text = await readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error) {
    if (text.code === 'ENOENT')
      return finding(`a file with ${what}; there is no such file`, 'Relative paths begin in the folder of the configuration file.');
    if (text.code === 'EACCES')
      return finding(`a file with ${what} that user ${userName()} may read`, `See \`ls -l ${path}\`, and the folders above it.`);
    if (text.code === 'EISDIR') return finding(`a file with ${what}; this is a folder`);
    return finding(`a file with ${what}; it cannot be read: ${text.message}`);
  }
  if (text.trim() === '') return finding(`${what}; the file is empty`);
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text) && kind === 'PRIVATE KEY') {
    return finding(
      'a private key that is not encrypted',
      `Decrypt it: \`openssl pkey -in ${path} -out plain.pem && chmod 600 plain.pem\`, and name plain.pem.`,
    );
  }
  const blocks = text.match(new RegExp(`-----BEGIN ([A-Z0-9 ]+ )?${kind}-----[^-]+-----END ([A-Z0-9 ]+ )?${kind}-----`, 'g'));
  if (blocks) return { path, key, pem: `${blocks.join('\n')}\n` };
  const held = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1];
  if (held) return finding(`${what}; this file holds a ${held.toLowerCase()}`, 'Are the two files the other way round?');
  const from =
    kind === 'CERTIFICATE'
      ? `openssl x509 -inform der -in ${path} -out certificate.pem`
      : `openssl pkey -inform der -in ${path} -out key.pem`;
  return finding(`${what}, which begins with -----BEGIN`, `Is it in DER? \`${from}\` makes PEM of it.`);
}

function parseCertificates({ path, key, pem }: Pem): { readonly certificates: X509Certificate[] } | Failed {
  try {
    return { certificates: pem.split(/(?<=-----END [A-Z ]*CERTIFICATE-----\n)/).map((block) => new X509Certificate(block)) };
  } catch (error) {
    return broken(path, key, 'a certificate in PEM', error);
  }
}

function parseKey({ path, key, pem }: Pem): { readonly key: KeyObject } | Failed {
  try {
    return { key: createPrivateKey(pem) };
  } catch (error) {
    return broken(path, key, 'a private key in PEM', error);
  }
}

function broken(path: string, key: string, what: string, error: unknown): Failed {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    finding: {
      path: `${KEYS}.${key}`,
      value: JSON.stringify(path),
      expected: `${what}; this one is damaged (${reason})`,
      hint: 'Copy it again from where it was made.',
    },
  };
}

function mismatch(files: Certificate, cert: Pem, key: Pem, chain: readonly X509Certificate[], privateKey: KeyObject): Finding {
  const at = { path: `${KEYS}.${files.keys.keyFile}`, value: JSON.stringify(key.path) };
  if (chain.slice(1).some((other) => other.checkPrivateKey(privateKey))) {
    const path = `${KEYS}.${files.keys.certFile}`;
    const value = JSON.stringify(cert.path);
    return {
      path,
      value,
      expected: "the gateway's own certificate first and then its authorities; they are in another order",
      hint: 'Turn the order round.',
    };
  }
  const made = chain[0] && factsOf(chain[0]);
  return {
    ...at,
    expected: `the private key of the certificate in ${cert.path} (for ${made?.names[0]}, from ${day(made?.notBefore ?? 0)})`,
    hint: 'This key belongs to another certificate. Name the two that were made together.',
  };
}

/** OpenSSL has the last word: it also refuses keys that are too weak. */
function proveUsable(credentials: { readonly cert: string; readonly key: string }, files: Certificate, path: string): void {
  try {
    createSecureContext(credentials);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error:[0-9A-F]+:[^:]*:[^:]*:/, '') : String(error);
    const hint = /too small|too weak/.test(reason)
      ? 'Make a new one, with a key of at least 2048 bits (RSA) or on the curve P-256.'
      : undefined;
    const expected = `a certificate that OpenSSL takes; it says: ${reason}`;
    throw invalid([{ path: `${KEYS}.${files.keys.certFile}`, value: JSON.stringify(path), expected, ...(hint && { hint }) }]);
  }
}

function invalid(findings: readonly Finding[]): GatewayError {
  return new GatewayError('CERTIFICATE_INVALID', { message: sentence(findings[0]), details: { findings } });
}

function commonName(subject: string): string | undefined {
  return /^CN=(.+)$/m.exec(subject)?.[1];
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const userName = () => process.env['USER'] ?? `number ${process.getuid?.() ?? '?'}`;
