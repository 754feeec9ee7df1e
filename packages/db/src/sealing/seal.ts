/**
 * Sealing of the personal part of an event: AES-256-GCM with the person's key, bound to the event by its id. What is
 * sealed says with which key, so that a key that was made anew after an erasure is never tried on what came before it.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { RandomPool } from './random-pool.ts';

const FORMAT = 1;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;
const CIPHER = 'aes-256-gcm';

const nonces = new RandomPool(NONCE_BYTES);

/** A person's key, and the name it has in what it sealed. */
export type SubjectKey = { readonly key: KeyObject; readonly id: Buffer };

/** A key of 32 random bytes. */
export function subjectKey(bytes: Uint8Array): SubjectKey {
  return { key: createSecretKey(bytes), id: hash('sha256', bytes, 'buffer').subarray(0, KEY_ID_BYTES) };
}

export function seal({ key, id }: SubjectKey, eventId: Uint8Array, json: string): Buffer {
  const sealed = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(json) + TAG_BYTES);
  sealed[0] = FORMAT;
  id.copy(sealed, 1);
  nonces.draw(sealed, 1 + KEY_ID_BYTES);
  const cipher = createCipheriv(CIPHER, key, sealed.subarray(1 + KEY_ID_BYTES, HEADER_BYTES));
  cipher.setAAD(eventId);
  const written = cipher.update(json, 'utf8').copy(sealed, HEADER_BYTES);
  cipher.final();
  cipher.getAuthTag().copy(sealed, HEADER_BYTES + written);
  return sealed;
}

/** What was sealed, or `undefined` when it was sealed with another key. Throws `LOG_CORRUPT` when it was changed. */
export function unseal({ key, id }: SubjectKey, eventId: Uint8Array, sealed: Buffer): string | undefined {
  if (sealed[0] !== FORMAT || sealed.length < HEADER_BYTES + TAG_BYTES) throw damaged();
  if (id.compare(sealed, 1, 1 + KEY_ID_BYTES) !== 0) return undefined;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(1 + KEY_ID_BYTES, HEADER_BYTES));
  decipher.setAAD(eventId);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const json = decipher.update(sealed.subarray(HEADER_BYTES, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    throw damaged();
  }
  return json.toString();
}

function damaged(): GatewayError {
  return new GatewayError('LOG_CORRUPT', { message: 'The sealed part of an event is not as it was written.' });
}
