import { createHmac } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { idFromBytes } from '@openclaw-gateway/events/ids';
import { openReadOnly } from '../sqlite/connection.ts';
import { KEYS_FILE, stateFiles } from '../sqlite/files.ts';
import { openError } from '../sqlite/open-error.ts';

/**
 * The key under which exports of this state directory hide what they mask: the same in each of them, and of no use for
 * anything else. Throws `LOG_UNAVAILABLE` when the secrets cannot be read.
 */
export function exportMaskKey(dir: string): Uint8Array {
  const secret = readSecret(dir, 'pseudonym');
  if (!secret) throw new GatewayError('LOG_UNAVAILABLE', { message: 'The state directory has no keys.' });
  return createHmac('sha256', secret).update('export-mask').digest();
}

/** `gw_…` of a state directory. Throws `LOG_UNAVAILABLE` when it cannot be read. */
export function exportGatewayId(dir: string): string {
  const bytes = readSecret(dir, 'gateway_id');
  if (!bytes) throw new GatewayError('LOG_UNAVAILABLE', { message: 'The state directory has no keys.' });
  return idFromBytes('gateway', bytes);
}

function readSecret(dir: string, name: string): Uint8Array | undefined {
  try {
    const db = openReadOnly(stateFiles(dir).keys, KEYS_FILE);
    try {
      return db.prepare<[string], Uint8Array>('SELECT value FROM secrets WHERE name = ?').pluck().get(name);
    } finally {
      db.close();
    }
  } catch (error) {
    throw openError(error);
  }
}
