/** The only place that opens SQLite files, so that no connection misses what makes it durable or read-only. */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events/errors';
import Database from 'better-sqlite3';
import { watchPageCache } from './page-caches.ts';

export type Connection = Database.Database;
export type Statement = Database.Statement<unknown[], unknown>;

export type Migration = readonly string[];

export type FileSpec = {
  /** Marks the file as one of ours: `PRAGMA application_id`. */
  readonly applicationId: number;
  /** `migrations[n]` brings a file from `user_version` n to n + 1. */
  readonly migrations: readonly Migration[];
  readonly pageSizeBytes: number;
  readonly cacheKiB: number;
  /** `FULL`: a commit has reached the disk. `NORMAL`: the newest commits may be lost with the power, never the file. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Pages in the write-ahead log before they are moved into the file. */
  readonly checkpointPages: number;
  readonly pragmas?: readonly string[];
};

const SYNCHRONOUS = { FULL: 2, NORMAL: 1 } as const;

/**
 * Opens a file for writing, making or migrating it as needed. Throws `LOG_TOO_NEW` when a newer program wrote it,
 * `LOG_CORRUPT` when it is another program's file, `LOG_NOT_DURABLE` when SQLite does not take the synchronous setting.
 */
export function openWritable(path: string, spec: FileSpec): Connection {
  createPrivately(path);
  const db = new Database(path, { timeout: 5000 });
  try {
    db.pragma(`page_size = ${spec.pageSizeBytes}`);
    db.pragma('journal_mode = WAL');
    // SQLite here is compiled to fall back to NORMAL on each connection to an existing WAL file.
    db.pragma(`synchronous = ${spec.synchronous}`);
    db.pragma(`cache_size = -${spec.cacheKiB}`);
    db.pragma(`wal_autocheckpoint = ${spec.checkpointPages}`);
    db.pragma('foreign_keys = OFF');
    for (const pragma of spec.pragmas ?? []) db.pragma(pragma);
    checkSynchronous(db, spec.synchronous);
    migrate(db, spec);
    watchPageCache(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens an existing file for reading only. Throws `LOG_TOO_OLD` when it was not migrated yet, `LOG_TOO_NEW` and `LOG_CORRUPT` like `openWritable`. */
export function openReadOnly(path: string, spec: FileSpec): Connection {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    db.pragma(`cache_size = -${spec.cacheKiB}`);
    db.pragma('query_only = ON');
    const version = checkVersion(db, spec);
    if (version < spec.migrations.length) throw new GatewayError('LOG_TOO_OLD', { details: { version, known: spec.migrations.length } });
    watchPageCache(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Copies a file as it is at one moment into a new one, while others write it; what was deleted is not in the copy. Blocks until
 * it is done. Throws what `openReadOnly` throws.
 */
export function snapshot(path: string, spec: FileSpec, to: string): void {
  copyInto(openReadOnly(path, spec), to);
}

/** The same of a file that may be of an older program. Throws `LOG_TOO_NEW` and `LOG_CORRUPT`. */
export function snapshotAsIs(path: string, spec: FileSpec, to: string): void {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  checkVersion(db, spec);
  copyInto(db, to);
}

/** How many migrations a file has had. Throws `LOG_TOO_NEW` and `LOG_CORRUPT`. */
export function fileVersion(path: string, spec: FileSpec): number {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
  try {
    return checkVersion(db, spec);
  } finally {
    db.close();
  }
}

function copyInto(db: Connection, to: string): void {
  try {
    db.pragma('query_only = OFF');
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
}

function checkSynchronous(db: Connection, level: FileSpec['synchronous']): void {
  const actual = db.pragma('synchronous', { simple: true });
  if (actual !== SYNCHRONOUS[level]) throw new GatewayError('LOG_NOT_DURABLE', { details: { wanted: level, actual } });
}

function migrate(db: Connection, spec: FileSpec): void {
  const version = checkVersion(db, spec);
  if (version === spec.migrations.length) return;
  const upgrade = db.transaction(() => {
    for (const statements of spec.migrations.slice(version)) {
      for (const statement of statements) db.exec(statement);
    }
    db.pragma(`application_id = ${spec.applicationId}`);
    db.pragma(`user_version = ${spec.migrations.length}`);
  });
  upgrade.immediate();
}

function checkVersion(db: Connection, spec: FileSpec): number {
  const version = db.pragma('user_version', { simple: true }) as number;
  const applicationId = db.pragma('application_id', { simple: true }) as number;
  const isNew = version === 0 && applicationId === 0;
  if (!isNew && applicationId !== spec.applicationId) throw new GatewayError('LOG_CORRUPT', { details: { applicationId } });
  if (version > spec.migrations.length) {
    throw new GatewayError('LOG_TOO_NEW', { details: { version, known: spec.migrations.length } });
  }
  return version;
}

/** SQLite gives its -wal and -shm files the mode of the main file, so this one decision covers all three. */
function createPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'wx', 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
