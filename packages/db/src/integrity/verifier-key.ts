import { createHmac, createSecretKey } from 'node:crypto';
import { statSync } from 'node:fs';
import { idFromBytes } from '@openclaw-gateway/events/ids';
import { openReadOnly } from '../sqlite/connection.ts';
import { KEYS_FILE } from '../sqlite/files.ts';
import { createSigner, originOf } from './note.ts';

/** The verifier key of a state directory, read beside a running gateway or without one. `undefined` where the file of keys is missing or has none yet. */
export function readVerifierKey(keysFile: string): string | undefined {
  if (!statSync(keysFile, { throwIfNoEntry: false })) return undefined;
  const db = openReadOnly(keysFile, KEYS_FILE);
  try {
    const select = db.prepare<[string], Uint8Array>('SELECT value FROM secrets WHERE name = ?').pluck();
    const gatewayId = select.get('gateway_id');
    const seed = select.get('checkpoint_key');
    return gatewayId && seed && createSigner(originOf(idFromBytes('gateway', gatewayId)), seed).verifierKey.text;
  } finally {
    db.close();
  }
}

/**
 * The keyed hash of a state directory (`Store.pseudonym`), read beside a running gateway or without one. `undefined` where the file of
 * keys is missing or has none yet.
 */
export function readPseudonym(keysFile: string): ((text: string) => Uint8Array) | undefined {
  if (!statSync(keysFile, { throwIfNoEntry: false })) return undefined;
  const db = openReadOnly(keysFile, KEYS_FILE);
  try {
    const secret = db.prepare<[string], Uint8Array>('SELECT value FROM secrets WHERE name = ?').pluck().get('pseudonym');
    const key = secret && createSecretKey(secret);
    return key && ((text) => createHmac('sha256', key).update(text).digest());
  } finally {
    db.close();
  }
}
