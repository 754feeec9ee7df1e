/** One gateway owns a state directory. The owner is whoever holds SQLite's lock, which the kernel drops when a process dies. */
import { readFileSync, writeFileSync } from 'node:fs';
import { GatewayError } from '@openclaw-gateway/events/errors';
import Database from 'better-sqlite3';

/** How long to wait for the kernel to finish off an owner that was just killed. */
const DYING_OWNER_MS = 5000;

/**
 * Takes the lock until the returned function is called or the process ends.
 * Throws `LOG_LOCKED`, with the owner's process id in the details, while another process lives that holds it.
 */
export function takeLock(path: string): () => void {
  const deadline = Date.now() + DYING_OWNER_MS;
  const db = new Database(path, { timeout: 100 });
  while (!tryLock(db)) {
    const pid = readOwner(path);
    if (pid === undefined || isAlive(pid) || Date.now() > deadline) {
      db.close();
      throw new GatewayError('LOG_LOCKED', { details: pid === undefined ? {} : { pid } });
    }
  }
  writeFileSync(ownerFile(path), String(process.pid), { mode: 0o600 });
  return () => db.close();
}

function tryLock(db: Database.Database): boolean {
  try {
    db.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}

/** Not inside the locked file: opening and closing that one in the same process would drop the lock. */
function ownerFile(path: string): string {
  return `${path}.pid`;
}

function readOwner(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(ownerFile(path), 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
