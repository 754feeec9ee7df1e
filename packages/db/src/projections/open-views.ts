import { rmSync } from 'node:fs';
import { GatewayError } from '@openclaw-gateway/events/errors';
import Database from 'better-sqlite3';
import { type Connection, openWritable } from '../sqlite/connection.ts';
import { VIEWS_FILE } from '../sqlite/files.ts';

/**
 * Opens the views for writing. They are a copy of what the log says, so a file that is damaged, of a newer
 * program, or ahead of the log is thrown away and made again.
 */
export function openViews(path: string, events: Connection): Connection {
  try {
    const views = openWritable(path, VIEWS_FILE);
    if (isBehind(views, events)) return views;
    views.close();
  } catch (error) {
    if (!isDamaged(error)) throw error;
  }
  deleteViews(path);
  return openWritable(path, VIEWS_FILE);
}

/** Deletes the views; they are built again from the log when they are next opened. */
export function deleteViews(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
}

/** Whether no checkpoint is ahead of the log, as it would be after a restore of an older log. */
function isBehind(views: Connection, events: Connection): boolean {
  const shown = views.prepare<[], number | null>('SELECT max(position) FROM projections').pluck().get() ?? 0;
  const head = events.prepare<[], number | null>('SELECT max(position) FROM events').pluck().get() ?? 0;
  return shown <= head;
}

function isDamaged(error: unknown): boolean {
  if (error instanceof GatewayError) return error.code === 'LOG_TOO_NEW' || error.code === 'LOG_CORRUPT';
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}
