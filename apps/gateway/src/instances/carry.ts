/**
 * The gateway token, and who is signed in and by which password, lie in files of the state directory. The leader leaves them in the database
 * within a second of each change, and whoever leads next begins with them, so that nobody need sign in again.
 */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Leadership } from '@openclaw-gateway/db/postgres/leadership';
import { serialise } from '@openclaw-gateway/db/sqlite/serialise';
import type { Logger } from '../operations/logs.ts';

const LOOK_MS = 1000;

type Carried = {
  readonly name: string;
  readonly path: string;
  /** What else of it lies beside it. */
  readonly beside: readonly string[];
  readonly read: (path: string) => Promise<Uint8Array>;
};

export type Carrying = { readonly close: () => Promise<void> };

type Shelf = Pick<Leadership, 'readFile' | 'writeFile'>;

/** Takes over what the leader left. Nothing may have the files open. */
export async function takeFiles(stateDir: string, shelf: Shelf): Promise<void> {
  for (const { name, path, beside } of carriedOf(stateDir)) {
    const left = await shelf.readFile(name);
    if (!left) continue;
    for (const each of beside) await rm(each, { force: true });
    await writeFile(path, left, { mode: 0o600 });
  }
}

/** Leaves for the next leader what changes, until it is closed. */
export function leaveFiles(stateDir: string, shelf: Shelf, logger: Logger): Carrying {
  const saved = new Map<string, string>();
  const save = async (): Promise<void> => {
    for (const file of carriedOf(stateDir)) {
      const change = await changeOf(file);
      if (change === '' || saved.get(file.name) === change) continue;
      await shelf.writeFile(file.name, await file.read(file.path));
      saved.set(file.name, change);
    }
  };
  const closing = new AbortController();
  const { signal } = closing;
  const watching = (async () => {
    while (!signal.aborted) {
      await save().catch((error: unknown) => logger.warn({ err: error }, 'sign-ins were not left for the next leader'));
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    async close() {
      closing.abort();
      await watching;
      await save().catch(() => undefined);
    },
  };
}

function carriedOf(stateDir: string): readonly Carried[] {
  const login = join(stateDir, 'state', 'auth.db');
  return [
    { name: 'gateway-token', path: join(stateDir, 'gateway-token'), beside: [], read: readFile },
    { name: 'auth.db', path: login, beside: [`${login}-wal`, `${login}-shm`], read: async (path) => serialise(path) },
  ];
}

/** Changes with the file; empty where there is none. */
async function changeOf({ path, beside }: Carried): Promise<string> {
  const states = await Promise.all(
    [path, ...beside.filter((each) => each.endsWith('-wal'))].map((each) => stat(each).catch(() => undefined)),
  );
  return states[0] ? states.map((state) => `${state?.mtimeMs} ${state?.size}`).join(' ') : '';
}
