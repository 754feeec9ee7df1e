/**
 * How a service or device token is written: `ocg_svc_<10>_<secret><checksum>`. The beginning says what it is, to people and to
 * secret scanners; the checksum tells a token that was cut or mistyped from one that this gateway does not know.
 */
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { encodeBase32 } from '@openclaw-gateway/events';

export type TokenKind = 'service_token' | 'device_token';

const MARKS = { service_token: 'svc', device_token: 'dev' } as const satisfies Readonly<Record<TokenKind, string>>;
const PATTERN = /^ocg_(svc|dev)_[0-9a-z]{10}_[0-9a-z]{52,}[0-9a-z]{7}$/;
const CHUNK_BYTES = 16;
const MIN_CHUNKS = 2;
const CHECKSUM_CHARS = 7;

/** A fresh token of at least 256 bits. `id` lends it its beginning. */
export function makeTokenText(kind: TokenKind, id: string, sizeBytes: number): { readonly text: string; readonly prefix: string } {
  const prefix = `ocg_${MARKS[kind]}_${id.slice(-10)}`;
  const chunks = Math.max(MIN_CHUNKS, Math.ceil(sizeBytes / CHUNK_BYTES));
  const secret = Array.from({ length: chunks }, () => encodeBase32(randomBytes(CHUNK_BYTES))).join('');
  const body = `${prefix}_${secret}`;
  return { text: body + checksum(body), prefix };
}

/** What a text that begins as a token is: whole, or damaged on the way; `undefined` for anything else. */
export function readTokenText(text: string): TokenKind | 'damaged' | undefined {
  if (!text.startsWith('ocg_')) return undefined;
  const mark = PATTERN.exec(text)?.[1];
  if (mark === undefined || checksum(text.slice(0, -CHECKSUM_CHARS)) !== text.slice(-CHECKSUM_CHARS)) return 'damaged';
  return mark === MARKS.service_token ? 'service_token' : 'device_token';
}

/** What the log and the memory hold of a token. */
export function tokenHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function checksum(text: string): string {
  return crc32(text).toString(36).padStart(CHECKSUM_CHARS, '0');
}
