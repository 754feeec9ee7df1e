/** Password hashes: argon2id, computed on Node's thread pool, a few at a time. For the login thread. */
import { hash, parseOptions, verify } from '@node-rs/argon2';
import type Database from 'better-sqlite3';

/** OWASP's first choice that needs no more than 19 MiB. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** The pool has four threads, which everything else that is asynchronous needs too. */
const AT_ONCE = 2;
const MAX_WAITING = 32;

/** More people sign in at once than passwords can be checked. */
export class TooManyPasswords extends Error {}

export type Passwords = {
  set(userId: string, password: string): Promise<void>;
  clear(userId: string): void;
  /** Whether it is this user's password. It takes as long for a user who is not there, or has none. */
  check(userId: string | undefined, password: string): Promise<boolean>;
};

export function createPasswords(database: Database.Database): Passwords {
  const inTurn = limit(AT_ONCE, MAX_WAITING);
  let nobodys: Promise<string> | undefined;
  const select = database.prepare('SELECT hash FROM password WHERE user_id = ?');
  const upsert = database.prepare(
    'INSERT INTO password (user_id, hash) VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash',
  );
  const remove = database.prepare('DELETE FROM password WHERE user_id = ?');
  const replace = database.prepare('UPDATE password SET hash = ? WHERE user_id = ? AND hash = ?');

  return {
    async set(userId, password) {
      upsert.run(userId, await inTurn(() => hash(normal(password), PARAMETERS)));
    },
    clear(userId) {
      remove.run(userId);
    },
    async check(userId, password) {
      const row = userId === undefined ? undefined : (select.get(userId) as { readonly hash: string } | undefined);
      nobodys ??= hash(crypto.randomUUID(), PARAMETERS);
      const expected = row?.hash ?? (await nobodys);
      const right = await inTurn(() => verify(expected, normal(password)));
      if (!right || row === undefined || userId === undefined) return false;
      if (isOutdated(row.hash)) replace.run(await inTurn(() => hash(normal(password), PARAMETERS)), userId, row.hash);
      return true;
    },
  };
}

/** The same letters, however a keyboard composes them. */
function normal(password: string): string {
  return password.normalize('NFKC');
}

function isOutdated(encoded: string): boolean {
  const { memoryCost, timeCost, parallelism } = parseOptions(encoded);
  return memoryCost !== PARAMETERS.memoryCost || timeCost !== PARAMETERS.timeCost || parallelism !== PARAMETERS.parallelism;
}

/** Runs at most `atOnce` at a time; more than `maxWaiting` beyond them are refused. */
function limit(atOnce: number, maxWaiting: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (waiting.length >= maxWaiting) throw new TooManyPasswords();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      // Whoever waits takes the place over, so that nobody comes in between.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
