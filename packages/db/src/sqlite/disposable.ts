/** Files that are a copy or a cache: one that is damaged is deleted and made again. */
import { rmSync } from 'node:fs';
import { GatewayError } from '@openclaw-gateway/events/errors';
import Database from 'better-sqlite3';

/** Whether an error says that the file is damaged, another program's, or a newer one's. */
export function isDamaged(error: unknown): boolean {
  if (error instanceof GatewayError) return error.code === 'LOG_TOO_NEW' || error.code === 'LOG_CORRUPT';
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}

/** Deletes a database with its write-ahead log. */
export function deleteDatabase(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
}
