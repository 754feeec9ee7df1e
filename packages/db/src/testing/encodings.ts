/** Twenty ways in which a secret really comes along, each around other text. */
import { gzipSync } from 'node:zlib';

export const ENCODINGS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => `the key is ${secret}, keep it`,
  base64: (secret) => Buffer.from(`key=${secret};`).toString('base64'),
  base64url: (secret) => Buffer.from(`?${secret}?>`).toString('base64url'),
  hex: (secret) => Buffer.from(`x${secret}`).toString('hex'),
  'hex in capitals': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  'hex with colons': (secret) => (Buffer.from(secret).toString('hex').match(/../g) ?? []).join(':'),
  'URL-encoded': (secret) => `https://example.com/?key=${encodeURIComponent(secret)}&x=1`,
  'every byte URL-encoded': (secret) => [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  'URL-encoded twice': (secret) => `https://example.com/?to=${encodeURIComponent(`/?key=${encodeURIComponent(secret)}`)}`,
  'JSON in JSON': (secret) => JSON.stringify({ body: JSON.stringify({ key: secret }) }),
  'Unicode escapes': (secret) => [...secret].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'HTML entities': (secret) => [...secret].map((c) => `&#${c.charCodeAt(0)};`).join(''),
  'gzip in Base64': (secret) => gzipSync(`{"authorization":"${secret}"}`).toString('base64'),
  'quoted-printable': (secret) =>
    `${[...Buffer.from(secret)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')}=`,
  'UTF-16': (secret) => Buffer.from(`a ${secret}`, 'utf16le').toString('latin1'),
  'UTF-16 in Base64': (secret) => Buffer.from(`$key = "${secret}"`, 'utf16le').toString('base64'),
  'over two lines': (secret) => `key: ${secret.slice(0, secret.length / 2)}\r\n  ${secret.slice(secret.length / 2)}`,
  'in an address': (secret) => `postgres://app:${encodeURIComponent(secret)}@db.example.com/x`,
  'Basic auth': (secret) => `Authorization: Basic ${Buffer.from(`admin:${secret}`).toString('base64')}`,
  'in a JWT': (secret) =>
    ['{"alg":"HS256"}', JSON.stringify({ sub: 'x', key: secret }), 'not-a-real-signature']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.'),
};
