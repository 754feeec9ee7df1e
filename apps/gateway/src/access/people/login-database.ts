/** `auth.db`: who is signed in, and what proves who somebody is. Only the login thread opens it. */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

export function openLoginDatabase(path: string): Database.Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new Database(path);
  chmodSync(path, 0o600);
  database.pragma('journal_mode = WAL');
  // A logout must hold after a power cut too.
  database.pragma('synchronous = FULL');
  // What was deleted, as a secret is, shall not stay in the file.
  database.pragma('secure_delete = ON');
  database.exec(`
    CREATE TABLE IF NOT EXISTS user (id TEXT NOT NULL PRIMARY KEY) STRICT;
    CREATE TABLE IF NOT EXISTS session (
      id TEXT NOT NULL PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES user (id),
      expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS password (user_id TEXT NOT NULL PRIMARY KEY, hash TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS totp (
      user_id TEXT NOT NULL PRIMARY KEY,
      secret TEXT NOT NULL,
      confirmed INTEGER NOT NULL DEFAULT 0,
      last_step INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS recovery_code (user_id TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (user_id, hash)) STRICT;
    CREATE TABLE IF NOT EXISTS key (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;
  `);
  // The one user of the first version is the owner.
  if (addColumns(database, 'user', ['owner INTEGER NOT NULL DEFAULT 0'])) database.exec('UPDATE user SET owner = 1');
  addColumns(database, 'session', [
    "method TEXT NOT NULL DEFAULT 'link'",
    'created_at INTEGER NOT NULL DEFAULT 0',
    'last_seen_at INTEGER NOT NULL DEFAULT 0',
    'proved_at INTEGER NOT NULL DEFAULT 0',
    'address TEXT',
    'device TEXT',
  ]);
  return database;
}

/** Adds what the first version did not have. Answers whether there was anything to add. */
function addColumns(database: Database.Database, table: string, columns: readonly string[]): boolean {
  const known = new Set((database.pragma(`table_info(${table})`) as { readonly name: string }[]).map(({ name }) => name));
  const missing = columns.filter((column) => !known.has(column.split(' ', 1)[0] ?? ''));
  for (const column of missing) database.exec(`ALTER TABLE ${table} ADD COLUMN ${column}`);
  return missing.length > 0;
}
