/** What can be said of the files of a state directory from outside, whether a gateway runs on them or not. Reads only. */
import { statSync } from 'node:fs';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { deleteViews } from '../projections/open-views.ts';
import { type Connection, type FileSpec, openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, KEYS_FILE, stateFiles, VIEWS_FILE } from '../sqlite/files.ts';
import { takeLock } from '../sqlite/lock.ts';
import { openError } from '../sqlite/open-error.ts';

/** `older`: it is migrated by the next start. `newer`: a newer program wrote it. `damaged`: SQLite does not know it as its own. */
export type FileState = 'missing' | 'good' | 'older' | 'newer' | 'damaged' | 'unreadable';
export type FileInspection = { readonly state: FileState; readonly message?: string };

export type StateInspection = {
  readonly events: FileInspection;
  readonly keys: FileInspection;
  readonly views: FileInspection;
  readonly words: FileInspection;
  /** The last position, and when that event was written; 0 where there is none. */
  readonly head: number;
  readonly headTime: number;
  /** Whether one of the newest events holds what only a key in keys.db opens. */
  readonly hasSealed: boolean;
  /** The newest events of the gateway itself, newest first. */
  readonly lifecycle: readonly { readonly type: string; readonly time: number; readonly position: number }[];
};

const NEWEST_EVENTS = 10_000;
const NEWEST_LIFECYCLE = 100;
/** Reading larger files whole takes longer than whoever asks wants to wait. */
const CHECKED_WHOLE_BYTES = 64 * 1024 * 1024;

/** Inspects the databases in a directory. What cannot be read is part of the result. */
export function inspectState(dir: string): StateInspection {
  const files = stateFiles(dir);
  const log = { head: 0, headTime: 0, hasSealed: false, lifecycle: [] as StateInspection['lifecycle'] };
  const events = inspectFile(files.events, EVENTS_FILE, (db) => {
    log.head = db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM events').pluck().get() ?? 0;
    log.headTime = db.prepare<[number], number>('SELECT time FROM events WHERE position = ?').pluck().get(log.head) ?? 0;
    const sealed = db.prepare<[number]>('SELECT 1 FROM events WHERE position > ? AND sealed IS NOT NULL LIMIT 1');
    log.hasSealed = sealed.get(log.head - NEWEST_EVENTS) !== undefined;
    log.lifecycle = lifecycleOf(db);
  });
  return {
    events,
    keys: inspectFile(files.keys, KEYS_FILE, checkPages),
    views: inspectFile(files.views, VIEWS_FILE, checkPages),
    words: inspectFile(files.words, VIEWS_FILE, checkPages),
    ...log,
  };
}

/** Deletes the views of a stopped gateway, which the next start builds again. Throws `LOG_LOCKED` while a gateway runs. */
export function deleteStoppedViews(dir: string): void {
  const release = takeLock(stateFiles(dir).lock);
  try {
    deleteViews(dir);
  } finally {
    release();
  }
}

function inspectFile(path: string, spec: FileSpec, look: (db: Connection) => void): FileInspection {
  if (!statSync(path, { throwIfNoEntry: false })) return { state: 'missing' };
  try {
    const db = openReadOnly(path, spec);
    try {
      look(db);
    } finally {
      db.close();
    }
    return { state: 'good' };
  } catch (thrown) {
    const error = openError(thrown);
    const cause = error.details?.['cause'];
    return { state: stateOf(error), message: typeof cause === 'string' ? cause : error.message };
  }
}

function stateOf({ code }: GatewayError): FileState {
  if (code === 'LOG_TOO_OLD') return 'older';
  if (code === 'LOG_TOO_NEW') return 'newer';
  return code === 'LOG_CORRUPT' ? 'damaged' : 'unreadable';
}

function checkPages(db: Connection): void {
  const pages = db.pragma('page_count', { simple: true }) as number;
  const size = db.pragma('page_size', { simple: true }) as number;
  if (pages * size > CHECKED_WHOLE_BYTES) return;
  const said = db.pragma('quick_check(1)', { simple: true });
  if (said !== 'ok') throw new GatewayError('LOG_CORRUPT', { details: { cause: String(said) } });
}

function lifecycleOf(db: Connection): StateInspection['lifecycle'] {
  return db
    .prepare<[number], { type: string; time: number; position: number }>(
      `SELECT type, time, position FROM events JOIN event_types USING (type_no)
       WHERE stream_no = (SELECT stream_no FROM streams WHERE stream_id LIKE 'gateway/%' LIMIT 1)
       ORDER BY version DESC LIMIT ?`,
    )
    .all(NEWEST_LIFECYCLE);
}
