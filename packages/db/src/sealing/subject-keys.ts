/**
 * The keys of the people in the log, in keys.db. The writer makes one when it first stores something of a person and keeps
 * the file open; everyone else only reads it. Once a key is deleted, what it sealed can be read by nobody.
 */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { type Connection, openReadOnly, openWritable } from '../sqlite/connection.ts';
import { KEYS_FILE } from '../sqlite/files.ts';
import { LruMap } from '../sqlite/lru.ts';
import { type MasterKey, masterKeyFrom, mismatch } from './master-key.ts';
import { type SubjectKey, subjectKey, unseal } from './seal.ts';

const KNOWN_KEYS = 10_000;
const KEY_BYTES = 32;
const CHECK = 'master_key_check';

export type KeyRow = { readonly subject: string; readonly key: Uint8Array; readonly createdAt: number };

/** The keys as the writer has them. */
export class SubjectKeys {
  readonly #db: Connection;
  readonly #master: MasterKey | undefined;
  readonly #known = new LruMap<string, SubjectKey>(KNOWN_KEYS);
  #destroyedUntil = 0;
  readonly #insert;
  readonly #select;
  readonly #selectRow;
  readonly #delete;

  /** Throws `MASTER_KEY_MISMATCH` when the keys are wrapped with another master key than the environment's. Wraps them when they are not yet. */
  constructor(path: string, env: NodeJS.ProcessEnv = process.env) {
    this.#master = masterKeyFrom(env);
    this.#db = openWritable(path, KEYS_FILE);
    try {
      this.#insert = this.#db.prepare<[string, Uint8Array, number]>(
        'INSERT INTO subject_keys (subject, key, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      );
      this.#select = this.#db.prepare<[string], Buffer>('SELECT key FROM subject_keys WHERE subject = ?').pluck();
      this.#selectRow = this.#db.prepare<[string], KeyRow>(
        'SELECT subject, key, created_at AS createdAt FROM subject_keys WHERE subject = ?',
      );
      this.#delete = this.#db.prepare<[string, number]>('DELETE FROM subject_keys WHERE subject = ? AND created_at <= ?');
      if (checkMaster(this.#db, this.#master) === 'unwrapped') this.#wrapAll();
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** Makes the keys that are missing; they are durable afterwards. */
  ensure(subjects: ReadonlySet<string>): void {
    const missing = [...subjects].filter((subject) => !this.#known.get(subject) && !this.#select.get(subject));
    if (missing.length === 0) return;
    // Later than any that was destroyed, so that destroying that one again does not reach this one.
    const madeAt = Math.max(Date.now(), this.#destroyedUntil + 1);
    this.#db
      .transaction(() => {
        for (const subject of missing) {
          const key = randomBytes(KEY_BYTES);
          this.#insert.run(subject, this.#master?.wrap(subject, key) ?? key, madeAt);
        }
      })
      .immediate();
  }

  /** Makes new keys in place of those there may be. */
  renew(subjects: ReadonlySet<string>): void {
    for (const subject of subjects) this.#delete.run(subject, Number.MAX_SAFE_INTEGER);
    this.#known.clear();
    this.ensure(subjects);
  }

  /** The keys of these subjects as they are kept: wrapped, where there is a master key. */
  rows(subjects: Iterable<string>): KeyRow[] {
    return Array.from(subjects, (subject) => this.#selectRow.get(subject)).filter((row) => row !== undefined);
  }

  /** All keys as they are kept. */
  all(): KeyRow[] {
    return this.#db.prepare<[], KeyRow>('SELECT subject, key, created_at AS createdAt FROM subject_keys').all();
  }

  /** Takes over keys that another instance made, in place of those it has. */
  adopt(rows: readonly KeyRow[]): void {
    this.#db
      .transaction(() => {
        for (const { subject, key, createdAt } of rows) {
          this.#delete.run(subject, Number.MAX_SAFE_INTEGER);
          this.#insert.run(subject, key, createdAt);
        }
      })
      .immediate();
    this.#known.clear();
  }

  /** The key of a subject that `ensure` was called for. */
  get(subject: string): SubjectKey {
    const known = this.#known.get(subject);
    if (known) return known;
    const stored = this.#select.get(subject);
    if (!stored) throw new TypeError(`${subject} has no key`);
    const key = subjectKey(unwrap(this.#master, subject, stored));
    this.#known.set(subject, key);
    return key;
  }

  /** Destroys a key that was made until then, and every trace of it in the file. Returns whether there was one. */
  destroy(subject: string, madeUntil: number): boolean {
    const { changes } = this.#delete.run(subject, madeUntil);
    this.#known.clear();
    this.#destroyedUntil = Math.max(this.#destroyedUntil, Math.min(madeUntil, Date.now()));
    if (changes > 0) this.#scrub();
    return changes > 0;
  }

  close(): void {
    this.#db.close();
  }

  /** Pages that were in use may hold what is deleted, and so may the write-ahead log. */
  #scrub(): void {
    this.#db.exec('VACUUM');
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
  }

  #wrapAll(): void {
    const master = this.#master;
    if (!master) return;
    this.#db
      .transaction(() => {
        const rows = this.#db.prepare<[], { subject: string; key: Buffer }>('SELECT subject, key FROM subject_keys').all();
        const update = this.#db.prepare<[Uint8Array, string]>('UPDATE subject_keys SET key = ? WHERE subject = ?');
        for (const { subject, key } of rows) update.run(master.wrap(subject, key), subject);
        this.#db.prepare<[string, Uint8Array]>('INSERT INTO secrets (name, value) VALUES (?, ?)').run(CHECK, master.check);
      })
      .immediate();
    this.#scrub();
  }
}

/** Unseals in a thread that only reads. Notices by itself when a key was made or destroyed. */
export class Unsealer {
  readonly #path: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #known = new LruMap<string, SubjectKey | 'none'>(KNOWN_KEYS);
  #open: OpenKeys | undefined;
  #version = -1;

  /** Opens nothing until something sealed is read. */
  constructor(path: string, env: NodeJS.ProcessEnv = process.env) {
    this.#path = path;
    this.#env = env;
  }

  /** Forgets the keys it knows if any key changed since. Call before the first `unseal` of a read. */
  refresh(): void {
    this.#open ??= openKeys(this.#path, this.#env);
    const version = this.#open?.version.get() ?? -1;
    if (version === this.#version) return;
    this.#version = version;
    this.#known.clear();
  }

  /** What was sealed as JSON, or `undefined` when the key is gone. Throws `LOG_CORRUPT` when it was changed. */
  unseal(subject: string, eventId: Uint8Array, sealed: Buffer): string | undefined {
    const key = this.#key(subject);
    return key === 'none' ? undefined : unseal(key, eventId, sealed);
  }

  close(): void {
    this.#open?.db.close();
    this.#open = undefined;
  }

  #key(subject: string): SubjectKey | 'none' {
    const known = this.#known.get(subject);
    if (known) return known;
    const stored = this.#open?.select.get(subject);
    const key = stored ? subjectKey(unwrap(this.#open?.master, subject, stored)) : 'none';
    this.#known.set(subject, key);
    return key;
  }
}

type OpenKeys = ReturnType<typeof prepareKeys>;

/** A log without keys, such as one that was brought back from a backup, can be read but for what is sealed. */
function openKeys(path: string, env: NodeJS.ProcessEnv): OpenKeys | undefined {
  if (!statSync(path, { throwIfNoEntry: false })) return undefined;
  const db = openReadOnly(path, KEYS_FILE);
  try {
    return prepareKeys(db, masterKeyFrom(env));
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepareKeys(db: Connection, master: MasterKey | undefined) {
  checkMaster(db, master);
  return {
    db,
    master,
    version: db.prepare<[], number>('PRAGMA data_version').pluck(),
    select: db.prepare<[string], Buffer>('SELECT key FROM subject_keys WHERE subject = ?').pluck(),
  };
}

/** Whether the keys are wrapped as they should be. Throws `MASTER_KEY_MISMATCH` when they are wrapped with another key. */
function checkMaster(db: Connection, master: MasterKey | undefined): 'as_wanted' | 'unwrapped' {
  const check = db.prepare<[string], Buffer>('SELECT value FROM secrets WHERE name = ?').pluck().get(CHECK);
  if (!check) return master ? 'unwrapped' : 'as_wanted';
  if (!master) throw mismatch('The keys of this state directory are wrapped with a master key, and OPENCLAW_MASTER_KEY is not set.');
  if (!check.equals(master.check)) throw mismatch();
  return 'as_wanted';
}

function unwrap(master: MasterKey | undefined, subject: string, stored: Uint8Array): Uint8Array {
  return master && stored.length > KEY_BYTES ? master.unwrap(subject, stored) : stored;
}
