/**
 * What is kept of an authority, readable by its owner only: `tls/<authority>/account-key.pem`, and for each domain
 * `<domain>.pem` (certificate, chain and key in one, so that they can only be replaced together) and `<domain>.json`.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeText } from '../../../config/file.ts';
import { type Credentials, factsOf } from '../certificate.ts';
import { type History, NO_HISTORY } from './schedule.ts';

/** The certificate of a domain and its private key, both PEM. */
export type Issued = { readonly cert: string; readonly key: string };

export type AcmeFiles = {
  accountKey(): Promise<string | undefined>;
  saveAccountKey(pem: string): Promise<void>;
  /** What was issued last; nothing when there is none, or it is damaged. */
  credentials(): Promise<Credentials | undefined>;
  saveCredentials(issued: Issued): Promise<void>;
  history(): Promise<History>;
  saveHistory(history: History): Promise<void>;
};

/** @example acmeFiles('/home/ana/.openclaw', 'acme-v02.api.letsencrypt.org', 'openclaw.example.com') */
export function acmeFiles(stateDir: string, authority: string, domain: string): AcmeFiles {
  const folder = join(stateDir, 'tls', authority.replaceAll(/[^A-Za-z0-9.-]/g, '-'));
  const at = (name: string) => join(folder, name);
  const read = (path: string) => readFile(path, 'utf8').catch(() => undefined);
  const name = domain.toLowerCase();
  return {
    accountKey: () => read(at('account-key.pem')),
    saveAccountKey: (pem) => writeText(at('account-key.pem'), pem),
    credentials: async () => parse(await read(at(`${name}.pem`))),
    saveCredentials: ({ cert, key }) => writeText(at(`${name}.pem`), `${cert.trim()}\n${key.trim()}\n`),
    history: async () => parseHistory(await read(at(`${name}.json`))),
    saveHistory: (history) => writeText(at(`${name}.json`), `${JSON.stringify(history)}\n`),
  };
}

function parse(pem: string | undefined): Credentials | undefined {
  const blocks = pem?.match(/-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g) ?? [];
  const chain = blocks.filter((block) => /BEGIN CERTIFICATE/.test(block));
  const key = blocks.find((block) => /PRIVATE KEY/.test(block));
  if (chain[0] === undefined || key === undefined) return undefined;
  try {
    return { cert: `${chain.join('\n')}\n`, key, facts: factsOf(new X509Certificate(chain[0])), warnings: [] };
  } catch {
    return undefined;
  }
}

function parseHistory(text: string | undefined): History {
  try {
    const { failures, issued } = JSON.parse(text ?? '') as Partial<History>;
    const times = (value: unknown) => (Array.isArray(value) ? value.filter((time): time is number => typeof time === 'number') : []);
    return { failures: times(failures), issued: times(issued) };
  } catch {
    return NO_HISTORY;
  }
}
