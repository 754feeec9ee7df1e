/** Login sessions. They live in the login thread; the main thread keeps what it learnt for a few seconds. */
import { createHash, randomBytes } from 'node:crypto';
import type { LoginThread } from './login-thread.ts';
import type { LoginLimits, LoginMethod, LoginRow } from './people/operations.ts';

const CACHE_MS = 10_000;
const MAX_CACHED = 1000;
const SECRET = /^[\w-]{43}$/;

export type NewLogin = {
  readonly userId: string;
  readonly method: LoginMethod;
  readonly address: string | null;
  readonly device: string | null;
};

export type Logins = {
  /** A new login; `secret` goes into the cookie and nowhere else. `id` is its hash. */
  create(login: NewLogin): Promise<{ readonly secret: string; readonly id: string }>;
  /** The login behind a cookie's secret, if it is one and has not ended. */
  validate(secret: string): Promise<LoginRow | undefined>;
  /** The same by its id, which opens nothing by itself. */
  find(id: string): Promise<LoginRow | undefined>;
  /** The same login under another secret, with a proof of now; nothing where it has ended. */
  rotate(secret: string): Promise<{ readonly secret: string; readonly id: string; readonly previousId: string } | undefined>;
  /** All that have not ended, those last used first. */
  list(): Promise<readonly LoginRow[]>;
  /** Ends the login of a secret; the answer is the login that was ended. */
  end(secret: string): Promise<LoginRow | undefined>;
  /** Ends the logins for which this holds; the answer is those that were ended. */
  endWhere(holds: (login: LoginRow) => boolean): Promise<readonly LoginRow[]>;
};

export function createLogins(thread: LoginThread, limits: () => LoginLimits): Logins {
  const cache = new Map<string, { readonly login: LoginRow; readonly since: number }>();
  // Raised when a login ends, so that an answer that was on its way then is not cached.
  let epoch = 0;

  function forget(): void {
    epoch++;
    cache.clear();
  }

  async function list(): Promise<readonly LoginRow[]> {
    const rows = await thread.call('list', { now: Date.now(), ...limits() });
    return rows.toSorted((a, b) => b.lastSeenAt - a.lastSeenAt);
  }

  async function endWhere(holds: (login: LoginRow) => boolean): Promise<readonly LoginRow[]> {
    const ended = (await list()).filter(holds);
    forget();
    await thread.call('end', { ids: ended.map(({ id }) => id) });
    forget();
    return ended;
  }

  async function find(id: string): Promise<LoginRow | undefined> {
    const now = Date.now();
    const cached = cache.get(id);
    if (cached && now >= cached.since && now < Math.min(cached.since + CACHE_MS, cached.login.endsAt)) return cached.login;
    const asked = epoch;
    const login = await thread.call('validate', { id, now, ...limits() });
    cache.delete(id);
    if (login === undefined) return undefined;
    if (asked === epoch) {
      cache.set(id, { login, since: now });
      const oldest = cache.size > MAX_CACHED ? cache.keys().next().value : undefined;
      if (oldest !== undefined) cache.delete(oldest);
    }
    return login;
  }

  return {
    list,
    endWhere,
    async create(login) {
      const { secret, id } = newSecret();
      await thread.call('create', { ...login, id, now: Date.now(), ...limits() });
      return { secret, id };
    },
    find,
    validate: async (secret) => (SECRET.test(secret) ? await find(hashOf(secret)) : undefined),
    async rotate(secret) {
      const previousId = hashOf(secret);
      const fresh = newSecret();
      forget();
      const rotated = await thread.call('rotate', { id: previousId, freshId: fresh.id, now: Date.now() });
      forget();
      return rotated ? { ...fresh, previousId } : undefined;
    },
    async end(secret) {
      if (!SECRET.test(secret)) return undefined;
      const id = hashOf(secret);
      return (await endWhere((login) => login.id === id))[0];
    },
  };
}

/** 256 bits, and the hash that `auth.db` knows them by: the database does not hold what opens the door. */
function newSecret(): { readonly secret: string; readonly id: string } {
  const secret = randomBytes(32).toString('base64url');
  return { secret, id: hashOf(secret) };
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
