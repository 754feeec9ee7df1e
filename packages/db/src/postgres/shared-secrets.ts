/** The secrets behind ids and checkpoints are the same for all instances of a log: the first brings them, the others take them over. */
import { GatewayError } from '@openclaw-gateway/events/errors';
import type pg from 'pg';
import { type Connection, openWritable } from '../sqlite/connection.ts';
import { KEYS_FILE } from '../sqlite/files.ts';
import { loadKeys } from '../sqlite/keys.ts';

const SHARED = ['gateway_id', 'pseudonym', 'checkpoint_key', 'push_key', 'master_key_check'];

type Secret = { readonly name: string; readonly value: Buffer };

/**
 * Makes the state directory's secrets those of the database. Throws `LOG_MISMATCH` when the directory holds events of another log
 * (`isEmpty` is false and the ids differ).
 */
export async function shareSecrets(client: pg.Client, keysFile: string, isEmpty: boolean): Promise<void> {
  loadKeys(keysFile);
  const db = openWritable(keysFile, KEYS_FILE);
  try {
    const own = secretsOf(db);
    await client.query('INSERT INTO openclaw.secrets (name, value) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING', [
      own.map(({ name }) => name),
      own.map(({ value }) => value),
    ]);
    const { rows } = await client.query<Secret>('SELECT name, value FROM openclaw.secrets WHERE name = ANY($1)', [SHARED]);
    const differs = rows.some(
      ({ name, value }) => name === 'gateway_id' && !own.some((secret) => secret.name === name && value.equals(secret.value)),
    );
    if (differs && !isEmpty) throw new GatewayError('LOG_MISMATCH');
    const set = db.prepare<[string, Uint8Array]>('INSERT OR REPLACE INTO secrets (name, value) VALUES (?, ?)');
    db.transaction(() => rows.forEach(({ name, value }) => void set.run(name, value))).immediate();
  } finally {
    db.close();
  }
}

function secretsOf(db: Connection): Secret[] {
  return db
    .prepare<[], Secret>('SELECT name, value FROM secrets')
    .all()
    .filter(({ name }) => SHARED.includes(name));
}
