/** What each address does, in a few numbers. Bounded: of too many addresses those are forgotten that have been quiet for longest. */
import { Bucket } from './bucket.ts';
import type { Signals } from './score.ts';

const SECOND = 1000;
const FAST_MS = 10 * SECOND;
const MINUTE_MS = 60 * SECOND;
const SLOW_MS = 10 * MINUTE_MS;
const FAILURES_MS = 5 * MINUTE_MS;
/** What an address usually does, before anything is known. */
const USUAL_AT_FIRST = 0.2;
const LEARN = 0.05;
/** One address moves what is usual by little, whatever it does. */
const MOST_LEARNT = 4;
const PATH_BITS = 256;
const MOST_PATHS = 1024;
/** An address, its numbers and what the map needs for them. */
const ENTRY_BYTES = 500;

/** A count that fades: what happened `spanMs` ago counts about a third. */
type Fading = { value: number };

type Entry = {
  at: number;
  readonly fast: Fading;
  readonly slow: Fading;
  readonly requests: Fading;
  readonly errors: Fading;
  readonly failures: Fading;
  paths: Uint8Array;
  minute: { startedAt: number; requests: number; unusual: boolean };
  /** What an address may do whose traffic is unusual. */
  tight: Bucket | undefined;
};

export class Traffic {
  readonly #entries = new Map<string, Entry>();
  readonly #most: number;
  readonly #now: () => number;
  #usual = USUAL_AT_FIRST;

  constructor({ most = 10_000, now = () => performance.now() }: { readonly most?: number; readonly now?: () => number } = {}) {
    this.#most = most;
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#entries.size * ENTRY_BYTES;
  }

  /** A request came. Returns how its address stands. */
  came(network: string, path: string): Signals {
    const entry = this.#at(network);
    entry.fast.value += 1;
    entry.slow.value += 1;
    entry.requests.value += 1;
    entry.minute.requests += 1;
    const bit = hashOf(path) % PATH_BITS;
    entry.paths[bit >> 3] = (entry.paths[bit >> 3] ?? 0) | (1 << (bit & 7));
    return this.#signals(entry);
  }

  /** A request that was let in ended with an error. */
  failed(network: string): void {
    this.#at(network).errors.value += 1;
  }

  /** Somebody showed a token, a password, a code or a signature that is wrong. */
  guessed(network: string, times = 1): void {
    this.#at(network).failures.value += times;
  }

  /** What this address does now is nothing to learn from. */
  unusual(network: string): void {
    this.#at(network).minute.unusual = true;
  }

  /** The bucket of an address whose traffic is unusual. */
  tight(network: string, size: number): Bucket {
    const entry = this.#at(network);
    entry.tight ??= new Bucket(size, this.#now);
    return entry.tight;
  }

  forget(network: string): void {
    this.#entries.delete(network);
  }

  #at(network: string): Entry {
    const now = this.#now();
    const known = this.#entries.get(network);
    const entry = known ?? empty(now);
    if (known) this.#entries.delete(network);
    this.#entries.set(network, entry);
    if (this.#entries.size > this.#most) this.#forgetOldest();
    fade(entry, now);
    if (now - entry.minute.startedAt >= MINUTE_MS) this.#endMinute(entry, now);
    return entry;
  }

  #endMinute(entry: Entry, now: number): void {
    const { requests, unusual, startedAt } = entry.minute;
    if (!unusual) {
      const rate = (requests * SECOND) / (now - startedAt);
      this.#usual += LEARN * (Math.min(rate, MOST_LEARNT * this.#usual) - this.#usual);
      this.#usual = Math.max(this.#usual, USUAL_AT_FIRST);
    }
    entry.minute = { startedAt: now, requests: 0, unusual: false };
    entry.paths = new Uint8Array(PATH_BITS / 8);
  }

  #signals({ fast, slow, requests, errors, failures, paths }: Entry): Signals {
    return {
      rate: (fast.value * SECOND) / FAST_MS,
      ownRate: (slow.value * SECOND) / SLOW_MS,
      usualRate: this.#usual,
      requests: requests.value,
      errorShare: Math.min(1, errors.value / Math.max(1, requests.value)),
      authFailures: failures.value,
      distinctPaths: distinct(paths),
    };
  }

  #forgetOldest(): void {
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}

function empty(now: number): Entry {
  const zero = () => ({ value: 0 });
  return {
    at: now,
    fast: zero(),
    slow: zero(),
    requests: zero(),
    errors: zero(),
    failures: zero(),
    paths: new Uint8Array(PATH_BITS / 8),
    minute: { startedAt: now, requests: 0, unusual: false },
    tight: undefined,
  };
}

function fade(entry: Entry, now: number): void {
  const passed = now - entry.at;
  entry.at = now;
  if (passed <= 0) return;
  entry.fast.value *= Math.exp(-passed / FAST_MS);
  entry.slow.value *= Math.exp(-passed / SLOW_MS);
  entry.requests.value *= Math.exp(-passed / MINUTE_MS);
  entry.errors.value *= Math.exp(-passed / MINUTE_MS);
  entry.failures.value *= Math.exp(-passed / FAILURES_MS);
}

/** How many different paths set these bits, as far as so few bits can tell (linear counting). */
function distinct(paths: Uint8Array): number {
  let clear = 0;
  for (const byte of paths) for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) === 0) clear += 1;
  return clear === 0 ? MOST_PATHS : Math.min(MOST_PATHS, -PATH_BITS * Math.log(clear / PATH_BITS));
}

/** FNV-1a of the beginning of a path: what one request costs must not depend on what it asks for. */
function hashOf(path: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < path.length && at < 256; at++) hash = Math.imul(hash ^ path.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
