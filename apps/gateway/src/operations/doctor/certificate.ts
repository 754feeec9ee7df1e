/** The certificate that the gateway serves HTTPS with, from its files. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { isLoopback } from '../../config/relations.ts';
import type { Check, Found } from './check.ts';
import { type Machine, perMachine } from './machine.ts';

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;
const scopes = ['network', 'security'] as const;

type Files = {
  readonly certFile: string;
  readonly keyFile: string;
  /** What keeps a file from being read, or what is in it from being one. */
  readonly missing: readonly string[];
  readonly malformed: readonly string[];
  readonly certificate?: X509Certificate;
  readonly fits?: boolean;
};

const missing: Check = {
  id: 'tls.missing',
  severity: 'error',
  scopes,
  finds: 'a certificate or key file that is not there or cannot be opened',
  cause: 'The path is wrong, or the files belong to another user (those of certbot belong to root).',
  remedy: 'Correct gateway.network.https.cert and .key, or give the user of the gateway the right to read them.',
  look: async (machine) => ((await files(machine))?.missing ?? []).map((found) => ({ found })),
};

const malformed: Check = {
  id: 'tls.unreadable',
  severity: 'error',
  scopes,
  finds: 'a certificate or key file that is not PEM, or a key with a passphrase',
  cause: 'The files are swapped, cut, or in another format (DER, PKCS#12).',
  remedy: 'Convert them with `openssl x509 -inform der -in <file>` or `openssl pkey -in <file>`.',
  look: async (machine) => ((await files(machine))?.malformed ?? []).map((found) => ({ found })),
};

const expired: Check = {
  id: 'tls.expired',
  severity: 'error',
  scopes,
  finds: 'a certificate that is no longer valid, or not yet',
  cause: 'It was not renewed, or the clock of this machine is wrong. Every client refuses the connection.',
  remedy: 'Renew it (`certbot renew`), then `openclaw gateway restart`.',
  look: async (machine) => {
    const found = await files(machine);
    if (!found?.certificate) return [];
    const { validFromDate, validToDate } = found.certificate;
    if (machine.now() > validToDate.getTime()) return [{ found: `${found.certFile} expired on ${day(validToDate)}.` }];
    if (machine.now() < validFromDate.getTime()) return [{ found: `${found.certFile} is valid from ${day(validFromDate)} only.` }];
    return [];
  },
};

const expiring: Check = {
  id: 'tls.expires-soon',
  severity: 'warning',
  scopes,
  finds: `a certificate that expires within ${SOON_DAYS} days`,
  cause: 'It is renewed by hand, or the automatic renewal fails.',
  remedy: 'Renew it (`certbot renew`), then `openclaw gateway restart`.',
  look: async (machine) => {
    const found = await files(machine);
    if (!found?.certificate) return [];
    const leftMs = found.certificate.validToDate.getTime() - machine.now();
    if (leftMs < 0 || leftMs > SOON_DAYS * DAY_MS) return [];
    return [{ found: `${found.certFile} expires on ${day(found.certificate.validToDate)}, in ${Math.floor(leftMs / DAY_MS)} days.` }];
  },
};

const mismatch: Check = {
  id: 'tls.key-mismatch',
  severity: 'error',
  scopes,
  finds: 'a key that does not belong to the certificate',
  cause: 'One of the two was renewed without the other, or the paths are mixed up. The gateway cannot serve HTTPS with them.',
  remedy: 'Name the key that the certificate was made for in gateway.network.https.key.',
  look: async (machine) => {
    const found = await files(machine);
    return found?.fits === false ? [{ found: `${found.keyFile} is not the key of ${found.certFile}.` }] : [];
  },
};

const wrongHost: Check = {
  id: 'tls.wrong-host',
  severity: 'warning',
  scopes,
  finds: 'a certificate that is not for the name by which the gateway is reached',
  cause: 'The certificate was made for another name. Browsers show a warning, and other clients refuse.',
  remedy: 'Get a certificate for the name, or use the name that it is for.',
  look: async (machine) => {
    const found = await files(machine);
    if (!found?.certificate) return [];
    const { certificate } = found;
    const names = await reachedBy(machine);
    const wrong = names.filter((name) => !(isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)));
    const isFor = (certificate.subjectAltName ?? certificate.subject).replaceAll(/\s*\n\s*/g, ', ');
    return wrong.map((name): Found => ({ found: `${found.certFile} is for ${isFor}, not for ${name}.`, details: { name, isFor } }));
  },
};

/** The names that the configuration itself gives the gateway. */
async function reachedBy(machine: Machine): Promise<readonly string[]> {
  const { network, auth } = (await machine.config()).gateway;
  const listening = [network.host].filter((host) => host !== '0.0.0.0' && host !== '::' && !isLoopback(host));
  const redirected = auth.oauth ? [new URL(auth.oauth.redirectUri).hostname] : [];
  return [...new Set([...listening, ...redirected])];
}

const files = perMachine(async (machine): Promise<Files | undefined> => {
  const { https } = (await machine.config()).gateway.network;
  if (!https.enabled || https.letsEncrypt.enabled || !https.certificate) return undefined;
  const { certFile, keyFile } = https.certificate;
  const unread: string[] = [];
  const [certText, keyText] = await Promise.all([certFile, keyFile].map((path) => readOr(path, unread)));
  const unparsed: string[] = [];
  const certificate = parseOr(certFile, certText, (text) => new X509Certificate(text), 'a certificate', unparsed);
  const key = parseOr(keyFile, keyText, (text) => createPrivateKey(text), 'a private key', unparsed);
  return {
    certFile,
    keyFile,
    missing: unread,
    malformed: unparsed,
    ...(certificate && { certificate }),
    ...(certificate && key && { fits: certificate.checkPrivateKey(key) }),
  };
});

async function readOr(path: string, problems: string[]): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    problems.push(error.code === 'ENOENT' ? `${path} is not there.` : `${path} cannot be opened: ${error.code ?? error.message}.`);
    return undefined;
  });
}

function parseOr<T>(path: string, text: string | undefined, parse: (text: string) => T, what: string, problems: string[]): T | undefined {
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch {
    // What the parser says may hold a part of the key.
    problems.push(`${path} is not ${what} in PEM without a passphrase.`);
    return undefined;
  }
}

const day = (date: Date) => date.toISOString().slice(0, 10);

export const CERTIFICATE_CHECKS: readonly Check[] = [missing, malformed, expired, expiring, mismatch, wrongHost];
