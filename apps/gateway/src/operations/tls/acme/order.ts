/** Orders one certificate from an authority that speaks ACME (RFC 8555). The client library is loaded when it is first needed. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { GatewayError } from '@openclaw-gateway/events';
import type { Client } from 'acme-client';
import { egress } from '../../egress/index.ts';
import type { AcmeFiles, Issued } from './files.ts';

const DIRECTORY_MS = 20_000;
const REQUEST_MS = 30_000;
const ORDER_MS = 5 * 60_000;
/** How an order is asked after: every second at first. */
const POLL = { backoffAttempts: 20, backoffMin: 1000, backoffMax: 15_000 };

export type OrderOptions = {
  readonly directoryUrl: string;
  readonly domain: string;
  readonly email?: string;
  readonly files: AcmeFiles;
  /** Where the answers to the authority's checks are put while it asks for them: token → answer. */
  readonly challenges: Map<string, string>;
  readonly signal: AbortSignal;
};

/** Gets a certificate with a new key. Throws CERTIFICATE_NOT_ISSUED with the authority's own words. */
export async function orderCertificate(options: OrderOptions): Promise<Issued> {
  const { host } = new URL(options.directoryUrl);
  await reach(options.directoryUrl);
  try {
    return await Promise.race([place(options), giveUp(options.signal)]);
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    // What the library throws when a connection breaks says nothing of it.
    const message =
      error instanceof Error && !(error instanceof TypeError) && error.message !== ''
        ? error.message
        : `the connection to ${host} broke off`;
    throw new GatewayError('CERTIFICATE_NOT_ISSUED', { message: `${host}: ${message}`.slice(0, 2000), cause: error });
  }
}

async function place({ directoryUrl, domain, email, files, challenges }: OrderOptions): Promise<Issued> {
  const { default: acme } = await import('acme-client');
  // What the directory names counts as the operator's word only where it is the directory's own server.
  const { agent } = egress.to(directoryUrl);
  Object.assign(acme.axios.defaults, { timeout: REQUEST_MS, httpAgent: agent('http:'), httpsAgent: agent('https:') });
  // Whoever orders has a patience of his own.
  Object.assign(acme.axios.defaults, { acmeSettings: { retryMaxAttempts: 1, retryDefaultDelay: 2 } });
  let accountKey = await files.accountKey();
  if (accountKey === undefined) {
    accountKey = await newKey();
    await files.saveAccountKey(accountKey);
  }
  const client = new acme.Client({ directoryUrl, accountKey, ...POLL });
  await register(client, email);
  const key = await newKey();
  const [, csr] = await acme.crypto.createCsr({ altNames: [domain] }, key);
  const cert = await client.auto({
    csr,
    challengePriority: ['http-01'],
    // This machine often cannot reach itself from outside; the authority can.
    skipChallengeVerification: true,
    challengeCreateFn: async (_authorization, challenge, answer) => {
      if (challenge.type !== 'http-01') throw new Error(`it does not offer the check by HTTP (http-01) for ${domain}`);
      challenges.set(challenge.token, answer);
    },
    challengeRemoveFn: async (_authorization, challenge) => void challenges.delete(challenge.token),
  });
  return { cert, key };
}

/** Makes the account of the key, or finds it. What fails when there is an account is only the telling of its contact. */
async function register(client: Client, email: string | undefined): Promise<void> {
  const account = { termsOfServiceAgreed: true, ...(email !== undefined && { contact: [`mailto:${email}`] }) };
  await client.createAccount(account).catch((error: unknown) => {
    try {
      client.getAccountUrl();
    } catch {
      throw error;
    }
  });
}

/** A directory that cannot be reached is the commonest reason, and the library's words for it are of no use. */
async function reach(directoryUrl: string): Promise<void> {
  const failed = (why: string, cause?: unknown) =>
    new GatewayError('CERTIFICATE_NOT_ISSUED', { message: `The directory ${directoryUrl} cannot be read: ${why}.`, cause });
  const request = { redirect: 'follow', signal: AbortSignal.timeout(DIRECTORY_MS) } as const;
  const response = await egress
    .to(directoryUrl)
    .fetch(directoryUrl, request)
    .catch((error: Error) => {
      throw failed(error.message, error);
    });
  const directory = (await response.json().catch(() => undefined)) as { newOrder?: unknown } | undefined;
  if (!response.ok) throw failed(`it answers ${response.status}`);
  if (typeof directory?.newOrder !== 'string') throw failed('what is there is no ACME directory');
}

function giveUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (message: string) => () => reject(new GatewayError('CERTIFICATE_NOT_ISSUED', { message }));
    const timer = setTimeout(stop(`The authority did not finish the order within ${ORDER_MS / 60_000} minutes.`), ORDER_MS).unref();
    signal.addEventListener('abort', stop('The order was given up.'), { once: true });
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

async function newKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
}
