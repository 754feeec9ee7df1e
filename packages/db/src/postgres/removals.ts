/** What was taken out of the shared log, in the order in which it was: each instance takes it out of its copies, also one that was away. */
import type pg from 'pg';
import type { Connection } from '../sqlite/connection.ts';
import { lockHead } from './shared-log.ts';

export type Removal = {
  readonly no: number;
  /** A key that was made until then (milliseconds since 1970) is destroyed … */
  readonly subject: string | null;
  readonly madeUntil: number | null;
  /** … or the bodies of these events are gone. */
  readonly positions: readonly number[] | null;
};

const CURSOR = 'removals_taken';
const PAGE = 100;

/** Takes bodies out of the shared log for good. Resolves with how many there were, and the number of the removal. */
export async function dropShared(
  client: pg.Client,
  positions: readonly number[],
): Promise<{ readonly dropped: number; readonly no: number }> {
  await lockHead(client);
  const { rowCount } = await client.query(
    'UPDATE openclaw.events SET data = NULL, sealed = NULL WHERE position = ANY($1) AND data IS NOT NULL',
    [positions],
  );
  const { rows } = await client.query<{ no: number }>('INSERT INTO openclaw.removals (positions) VALUES ($1) RETURNING no', [positions]);
  await client.query('COMMIT');
  return { dropped: rowCount ?? 0, no: rows[0]?.no ?? 0 };
}

/** The removals after the last that this state directory took over. */
export async function removalsAfter(client: pg.Client, no: number): Promise<readonly Removal[]> {
  const { rows } = await client.query<Removal>(
    'SELECT no, subject, made_until AS "madeUntil", positions FROM openclaw.removals WHERE no > $1 ORDER BY no LIMIT $2',
    [no, PAGE],
  );
  return rows;
}

/** How far this state directory came, kept beside its keys. */
export class RemovalCursor {
  readonly #set;
  #no: number;

  constructor(keys: Connection) {
    this.#set = keys.prepare<[string, Uint8Array]>('INSERT OR REPLACE INTO secrets (name, value) VALUES (?, ?)');
    const stored = keys.prepare<[string], Buffer>('SELECT value FROM secrets WHERE name = ?').pluck().get(CURSOR);
    this.#no = Number(stored?.toString() ?? 0);
  }

  get no(): number {
    return this.#no;
  }

  moveTo(no: number): void {
    this.#set.run(CURSOR, Buffer.from(String(no)));
    this.#no = no;
  }
}
