/** Login sessions in `auth.db`, by lucia. For the login thread. */
import { BetterSqlite3Adapter } from '@lucia-auth/adapter-sqlite';
import { newId } from '@openclaw-gateway/events';
import type Database from 'better-sqlite3';
import { Lucia, TimeSpan } from 'lucia';
import type { LoginLimits, LoginMethod, LoginOperations, LoginRow } from './operations.ts';

type Attributes = {
  readonly method: LoginMethod;
  readonly created_at: number;
  readonly last_seen_at: number;
  readonly proved_at: number;
  readonly address: string | null;
  readonly device: string | null;
};

declare module 'lucia' {
  interface Register {
    Lucia: Lucia<Attributes>;
    DatabaseSessionAttributes: Attributes;
  }
}

/** When a login was used is written down this often at most. */
const TOUCH_MS = 60_000;
/** How long a login lasted before it was known when it began. */
const FORMER_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

type In<K extends keyof LoginOperations> = LoginOperations[K]['in'];

export function createLoginStore(database: Database.Database) {
  const adapter = new BetterSqlite3Adapter(database, { user: 'user', session: 'session' });
  const addUser = database.prepare(
    'INSERT INTO user (id, owner) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET owner = max(owner, excluded.owner)',
  );
  const seen = database.prepare('UPDATE session SET last_seen_at = ?, expires_at = ? WHERE id = ?');
  const all = database.prepare('SELECT * FROM session');
  const renew = database.prepare('UPDATE session SET id = ?, proved_at = ?, last_seen_at = ? WHERE id = ?');
  const endUser = database.prepare('DELETE FROM user WHERE id = ?');

  function luciaFor({ idleMs }: LoginLimits) {
    return new Lucia(adapter, {
      sessionExpiresIn: new TimeSpan(Math.max(1, Math.round(idleMs / 1000)), 's'),
      getSessionAttributes: (attributes: Attributes) => attributes,
    });
  }

  return {
    owner(): string {
      const known = database.prepare('SELECT id FROM user WHERE owner = 1').get() as { readonly id: string } | undefined;
      const id = known?.id ?? newId('user');
      addUser.run(id, 1);
      return id;
    },
    async create({ id, userId, method, address, device, now, ...limits }: In<'create'>): Promise<undefined> {
      const lucia = luciaFor(limits);
      await lucia.deleteExpiredSessions();
      addUser.run(userId, 0);
      const attributes = { method, created_at: now, last_seen_at: now, proved_at: now, address, device };
      await lucia.createSession(userId, attributes, { sessionId: id });
    },
    async validate({ id, now, ...limits }: In<'validate'>): Promise<LoginRow | undefined> {
      const lucia = luciaFor(limits);
      const { session } = await lucia.validateSession(id);
      if (!session) return undefined;
      const row = rowOf(session, session.expiresAt.getTime(), limits);
      if (now >= row.endsAt) {
        await lucia.invalidateSession(id);
        return undefined;
      }
      if (now - row.lastSeenAt < Math.min(TOUCH_MS, limits.idleMs / 10) && !session.fresh) return row;
      const used = { ...row, lastSeenAt: now, endsAt: Math.min(now + limits.idleMs, row.createdAt + limits.absoluteMs) };
      seen.run(now, Math.ceil(used.endsAt / 1000), id);
      return used;
    },
    rotate({ id, freshId, now }: In<'rotate'>): boolean {
      return renew.run(freshId, now, now, id).changes === 1;
    },
    list({ now, ...limits }: In<'list'>): readonly LoginRow[] {
      const rows = all.all() as (Attributes & { readonly id: string; readonly user_id: string; readonly expires_at: number })[];
      return rows.map((row) => rowOf({ ...row, userId: row.user_id }, row.expires_at * 1000, limits)).filter(({ endsAt }) => endsAt > now);
    },
    async end({ ids }: In<'end'>): Promise<undefined> {
      for (const id of ids) await adapter.deleteSession(id);
    },
    async forgetUser(userId: string): Promise<void> {
      await adapter.deleteUserSessions(userId);
      endUser.run(userId);
    },
  };
}

function rowOf(session: Attributes & { readonly id: string; readonly userId: string }, expiresAt: number, limits: LoginLimits): LoginRow {
  const createdAt = session.created_at || expiresAt - FORMER_LIFETIME_MS;
  const lastSeenAt = session.last_seen_at || createdAt;
  return {
    id: session.id,
    userId: session.userId,
    method: session.method,
    createdAt,
    lastSeenAt,
    provedAt: session.proved_at,
    endsAt: Math.min(lastSeenAt + limits.idleMs, createdAt + limits.absoluteMs),
    address: session.address,
    device: session.device,
  };
}
