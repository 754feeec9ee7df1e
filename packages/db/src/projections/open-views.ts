import { type Connection, openReadOnly, openWritable } from '../sqlite/connection.ts';
import { deleteDatabase, isDamaged } from '../sqlite/disposable.ts';
import { type StateFiles, stateFiles, VIEWS_FILE } from '../sqlite/files.ts';

/**
 * Opens a file of views for writing. They are a copy of what the log says, so a file that is damaged, of a newer
 * program, or made from another log (as after a restore) is thrown away and made again.
 */
export function openViews(path: string, events: Connection): Connection {
  try {
    const views = openWritable(path, VIEWS_FILE);
    if (isOf(views, events)) return views;
    views.close();
  } catch (error) {
    if (!isDamaged(error)) throw error;
  }
  deleteDatabase(path);
  return openWritable(path, VIEWS_FILE);
}

type Checkpoint = { readonly position: number; readonly hash: Buffer };

/** Opens all views for reading. The words' tables, and how far they came, are in the schema `words`. */
export function openViewsReadOnly({ views, words }: StateFiles): Connection {
  openReadOnly(words, VIEWS_FILE).close();
  const db = openReadOnly(views, VIEWS_FILE);
  db.prepare('ATTACH ? AS words').run(words);
  return db;
}

/** Deletes the views of a state directory; they are built again from the log when they are next opened. */
export function deleteViews(dir: string): void {
  const { views, words } = stateFiles(dir);
  for (const path of [views, words]) deleteDatabase(path);
}

/** Whether each checkpoint was taken on this log: its hash stands for everything before it. */
function isOf(views: Connection, events: Connection): boolean {
  const checkpoints = views.prepare<[], Checkpoint>('SELECT position, log_hash AS hash FROM projections WHERE position > 0').all();
  const hashAt = events.prepare<[number], Buffer>('SELECT hash FROM events WHERE position = ?').pluck();
  return checkpoints.every(({ position, hash }) => hashAt.get(position)?.equals(hash) === true);
}
