/** The worker thread behind login.ts: lucia over state/auth.db. */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { BetterSqlite3Adapter } from '@lucia-auth/adapter-sqlite';
import { newId } from '@openclaw-gateway/events';
import Database from 'better-sqlite3';
import { Lucia, TimeSpan } from 'lucia';

declare module 'lucia' {
  interface Register {
    Lucia: Lucia;
  }
}

/** `id` is a hash of the cookie's secret, so the database does not hold what opens the door. */
export type LoginCall = {
  readonly operation: 'create' | 'validate' | 'end' | 'end-all';
  readonly id: string;
  readonly lifetimeMs: number;
};

export type ToLogin = { readonly call: number; readonly request: LoginCall } | 'close';

export type LoginAnswer =
  | { readonly call: number; readonly ok: true; readonly value: unknown }
  | { readonly call: number; readonly ok: false; readonly error: string };

const database = open((workerData as { readonly path: string }).path);
const adapter = new BetterSqlite3Adapter(database, { user: 'user', session: 'session' });
const userId = onlyUser();

parentPort?.on('message', async (message: ToLogin) => {
  if (message === 'close') {
    database.close();
    parentPort?.close();
    return;
  }
  const { call, request } = message;
  try {
    reply({ call, ok: true, value: await answer(request) });
  } catch (error) {
    reply({ call, ok: false, error: String(error) });
  }
});

function reply(message: LoginAnswer): void {
  parentPort?.postMessage(message);
}

async function answer({ operation, id, lifetimeMs }: LoginCall): Promise<unknown> {
  const lucia = new Lucia(adapter, { sessionExpiresIn: new TimeSpan(Math.max(1, Math.round(lifetimeMs / 1000)), 's') });
  if (operation === 'create') {
    await lucia.deleteExpiredSessions();
    return (await lucia.createSession(userId, {}, { sessionId: id })).userId;
  }
  if (operation === 'validate') return (await lucia.validateSession(id)).user?.id;
  const ended = await sessionsToEnd(lucia, operation, id);
  for (const session of ended) await lucia.invalidateSession(session.id);
  return operation === 'end' ? ended[0]?.userId : ended.map((session) => ({ userId: session.userId, loginSessionHash: session.id }));
}

async function sessionsToEnd(lucia: Lucia, operation: 'end' | 'end-all', id: string) {
  const sessions = await lucia.getUserSessions(userId);
  return sessions.filter((session) => (session.id === id) === (operation === 'end'));
}

function open(path: string): Database.Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const opened = new Database(path);
  chmodSync(path, 0o600);
  opened.pragma('journal_mode = WAL');
  // A logout must hold after a power cut too.
  opened.pragma('synchronous = FULL');
  opened.exec(`
    CREATE TABLE IF NOT EXISTS user (id TEXT NOT NULL PRIMARY KEY) STRICT;
    CREATE TABLE IF NOT EXISTS session (
      id TEXT NOT NULL PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES user (id),
      expires_at INTEGER NOT NULL
    ) STRICT;
  `);
  return opened;
}

/** The gateway has one user, who got its id with the first login. */
function onlyUser(): string {
  database.prepare('INSERT INTO user (id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM user)').run(newId('user'));
  return (database.prepare('SELECT id FROM user LIMIT 1').get() as { readonly id: string }).id;
}
