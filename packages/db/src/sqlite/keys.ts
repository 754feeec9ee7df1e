import { createECDH, randomBytes } from 'node:crypto';
import { idFromBytes, uuidv7 } from '@openclaw-gateway/events/ids';
import { type Connection, openWritable } from './connection.ts';
import { KEYS_FILE } from './files.ts';

export type Keys = {
  readonly gatewayId: string;
  readonly pseudonymSecret: Uint8Array;
  /** The Ed25519 seed that checkpoints are signed with. */
  readonly checkpointSeed: Uint8Array;
  /** The private key on P-256 that push services know the gateway by (RFC 8292). */
  readonly pushKey: Uint8Array;
};

/** Reads the secrets of a state directory, making them on the first start. */
export function loadKeys(path: string): Keys {
  const db = openWritable(path, KEYS_FILE);
  try {
    return {
      gatewayId: idFromBytes(
        'gateway',
        secret(db, 'gateway_id', () => uuidv7()),
      ),
      pseudonymSecret: secret(db, 'pseudonym', () => randomBytes(32)),
      checkpointSeed: secret(db, 'checkpoint_key', () => randomBytes(32)),
      pushKey: secret(db, 'push_key', newP256Key),
    };
  } finally {
    db.close();
  }
}

function newP256Key(): Uint8Array {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  const scalar = ecdh.getPrivateKey();
  return Buffer.concat([Buffer.alloc(32 - scalar.length), scalar]);
}

function secret(db: Connection, name: string, make: () => Uint8Array): Uint8Array {
  const insert = db.prepare<[string, Uint8Array]>('INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const select = db.prepare<[string], Uint8Array>('SELECT value FROM secrets WHERE name = ?').pluck();
  const existing = select.get(name);
  if (existing) return Uint8Array.from(existing);
  const made = make();
  insert.run(name, made);
  return Uint8Array.from(made);
}

const MOVED_TO = 'moved_to';

/** Where the log of this state directory was moved to: it takes nothing more. */
export function movedTo(path: string): string | undefined {
  const db = openWritable(path, KEYS_FILE);
  try {
    return db.prepare<[string], Buffer>('SELECT value FROM secrets WHERE name = ?').pluck().get(MOVED_TO)?.toString();
  } finally {
    db.close();
  }
}

/** Says where the log is now, or that it is here again. */
export function markMoved(path: string, to: string | undefined): void {
  const db = openWritable(path, KEYS_FILE);
  try {
    if (to === undefined) db.prepare('DELETE FROM secrets WHERE name = ?').run(MOVED_TO);
    else db.prepare('INSERT OR REPLACE INTO secrets (name, value) VALUES (?, ?)').run(MOVED_TO, Buffer.from(to));
  } finally {
    db.close();
  }
}
