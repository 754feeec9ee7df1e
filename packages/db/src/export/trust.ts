import { statSync } from 'node:fs';
import { idFromBytes } from '@openclaw-gateway/events/ids';
import { checkpointText, createSigner, formatNote, originOf } from '../integrity/note.ts';
import { openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, KEYS_FILE, stateFiles } from '../sqlite/files.ts';

/** What makes an export trustworthy beside its own hashes: the newest checkpoint of the log, and a signature by the same key. */
export type ExportTrust = {
  /** The newest checkpoint as a signed note; nothing before the first one. */
  readonly checkpoint?: string;
  /** The key as C2SP writes it, `name+id+base64`, its eight-digit id, and the way to sign a text with it: 64 bytes. */
  readonly signer?: {
    readonly verifierKey: string;
    readonly keyId: string;
    readonly publicKeyPem: string;
    readonly sign: (text: string) => Uint8Array;
  };
};

type CheckpointRow = { readonly size: number; readonly root: string; readonly keyId: string; readonly signature: Uint8Array };

/** Reads the signing key and the newest checkpoint of a state directory, whether a gateway runs or not. */
export function exportTrust(dir: string): ExportTrust {
  const files = stateFiles(dir);
  if (!statSync(files.keys, { throwIfNoEntry: false })) return {};
  const { gatewayId, seed } = readKeys(files.keys);
  if (!gatewayId || !seed) return {};
  const origin = originOf(idFromBytes('gateway', gatewayId));
  const { verifierKey, sign } = createSigner(origin, seed);
  const publicKeyPem = verifierKey.publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const row = newestCheckpoint(files.events);
  const note =
    row &&
    formatNote(checkpointText({ origin, size: row.size, root: row.root }), [{ name: origin, keyId: row.keyId, signature: row.signature }]);
  return {
    ...(note !== undefined && { checkpoint: note }),
    signer: { verifierKey: verifierKey.text, keyId: verifierKey.keyId, publicKeyPem, sign },
  };
}

function readKeys(path: string): { readonly gatewayId: Uint8Array | undefined; readonly seed: Uint8Array | undefined } {
  const db = openReadOnly(path, KEYS_FILE);
  try {
    const select = db.prepare<[string], Uint8Array>('SELECT value FROM secrets WHERE name = ?').pluck();
    return { gatewayId: select.get('gateway_id'), seed: select.get('checkpoint_key') };
  } finally {
    db.close();
  }
}

function newestCheckpoint(path: string): CheckpointRow | undefined {
  const db = openReadOnly(path, EVENTS_FILE);
  try {
    return db
      .prepare<[], CheckpointRow>(
        'SELECT position AS size, lower(hex(merkle_root)) AS root, key_id AS keyId, signature FROM checkpoints ORDER BY position DESC LIMIT 1',
      )
      .get();
  } finally {
    db.close();
  }
}
