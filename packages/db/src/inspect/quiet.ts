/** Looking at a state directory without leaving a trace in it. */
import { existsSync, rmSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { stateFiles } from '../sqlite/files.ts';

export type QuietLook = {
  /** Whether a gateway, or another program that writes, has the directory. */
  readonly isOwned: boolean;
  /** Takes away what SQLite left behind and lets gateways start again. */
  readonly end: () => void;
};

/**
 * SQLite makes an empty write-ahead log beside each file that is opened for reading, and leaves it there. While nobody writes it can be taken
 * away again. For that moment the lock is held: a gateway that starts waits for it a few seconds.
 * @example const look = lookQuietly(dir); try { inspectState(dir) } finally { look.end() }
 */
export function lookQuietly(dir: string): QuietLook {
  const files = stateFiles(dir);
  // Making the file of the lock would be a trace as well. Without one no gateway has run here.
  if (!existsSync(files.lock)) return { isOwned: false, end: () => undefined };
  const before = [files.events, files.views, files.words, files.keys].flatMap((path) => [`${path}-wal`, `${path}-shm`]).filter(isAbsent);
  let lock: Database.Database | undefined;
  try {
    lock = new Database(files.lock, { fileMustExist: true, timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    // Whoever may only read leaves nothing behind either.
    return { isOwned: error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'), end: () => undefined };
  }
  return {
    isOwned: false,
    end: () => {
      for (const path of before) {
        if (path.endsWith('-shm') || (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) rmSync(path, { force: true });
      }
      lock?.close();
    },
  };
}

function isAbsent(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) === undefined;
}
