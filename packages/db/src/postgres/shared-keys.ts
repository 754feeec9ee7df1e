/** The keys of people, of which the database has the one truth and each instance a copy beside its copy of the log. */
import type pg from 'pg';
import type { SubjectKey } from '../sealing/seal.ts';
import type { KeyRow, SubjectKeys } from '../sealing/subject-keys.ts';
import { lockHead, type SealingKeys } from './shared-log.ts';

const SELECT = 'SELECT subject, key, created_at AS "createdAt" FROM openclaw.subject_keys WHERE subject = ANY($1)';

const MOST_KNOWN = 10_000;

export class SharedKeys implements SealingKeys {
  readonly #local: SubjectKeys;
  /** Known to be in the database. */
  readonly #known = new Set<string>();

  constructor(local: SubjectKeys) {
    this.#local = local;
  }

  get(subject: string): SubjectKey {
    return this.#local.get(subject);
  }

  /** Makes the keys that nobody has made yet, and takes over those of others. A copy of what the database has no more is not used again. */
  async ensure(client: pg.Client, subjects: ReadonlySet<string>): Promise<void> {
    const unknown = subjects.difference(this.#known);
    if (unknown.size === 0) return;
    await this.fetch(client, unknown);
    const absent = unknown.difference(this.#known);
    if (absent.size === 0) return;
    this.#local.renew(absent);
    const made = this.#local.rows(absent);
    await client.query(
      'INSERT INTO openclaw.subject_keys (subject, key, created_at) SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[]) ON CONFLICT DO NOTHING',
      [made.map(({ subject }) => subject), made.map(({ key }) => key), made.map(({ createdAt }) => createdAt)],
    );
    await this.fetch(client, absent);
  }

  /** Takes over what the database has of these subjects. */
  async fetch(client: pg.Client, subjects: ReadonlySet<string>): Promise<void> {
    const { rows } = await client.query<KeyRow>(SELECT, [[...subjects]]);
    this.#local.adopt(rows.filter((row) => !this.#has(row)));
    if (this.#known.size > MOST_KNOWN) this.#known.clear();
    for (const { subject } of rows) this.#known.add(subject);
  }

  /** The subjects whose keys this instance has no copy of. */
  missing(subjects: ReadonlySet<string>): Set<string> {
    const present = new Set(this.#local.rows(subjects).map(({ subject }) => subject));
    return subjects.difference(present);
  }

  /** Reads the keys anew before they are used next. */
  forget(): void {
    this.#known.clear();
  }

  /** Destroys the copy of a key. */
  destroyCopy(subject: string, madeUntil: number): void {
    this.#local.destroy(subject, madeUntil);
    this.#known.delete(subject);
  }

  async areCurrent(client: pg.Client, subjects: ReadonlySet<string>): Promise<boolean> {
    if (subjects.size === 0) return true;
    const { rows } = await client.query<KeyRow>(SELECT, [[...subjects]]);
    return rows.length === subjects.size && rows.every((row) => this.#has(row));
  }

  /** Destroys a key in the database; the copies follow as each instance hears of the removal. Resolves with whether there was one, and the number of the removal. */
  async destroy(client: pg.Client, subject: string, madeUntil: number): Promise<{ readonly found: boolean; readonly no: number }> {
    await lockHead(client);
    const { rowCount } = await client.query('DELETE FROM openclaw.subject_keys WHERE subject = $1 AND created_at <= $2', [
      subject,
      madeUntil,
    ]);
    const { rows } = await client.query<{ no: number }>(
      'INSERT INTO openclaw.removals (subject, made_until) VALUES ($1, $2) RETURNING no',
      [subject, madeUntil],
    );
    await client.query('COMMIT');
    return { found: rowCount === 1, no: rows[0]?.no ?? 0 };
  }

  #has({ subject, key }: KeyRow): boolean {
    const [own] = this.#local.rows([subject]);
    return own !== undefined && Buffer.from(own.key).equals(key);
  }
}
