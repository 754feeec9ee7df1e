/**
 * Slows guessing down without letting anybody be locked out: a browser that signed in before has a counter of its own, every
 * other attempt counts for its network and account together. Failures from elsewhere never take the first attempts away
 * from a network; they only make its free attempts fewer. In memory: a restart forgets, and only who has the machine restarts.
 */

export type Attempt = {
  /** Stands for the name that was typed, whether there is such a user or not. */
  readonly account: string;
  readonly network: string;
  /** The browser that signed in to this account before. */
  readonly device?: string | undefined;
};

type Rule = { readonly free: number; readonly firstDelayMs: number; readonly maxDelayMs: number };
type Counter = { failures: number; until: number; last: number };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** A counter that was left alone for so long begins anew. */
const FORGET_MS = 60 * MINUTE;
const MAX_COUNTERS = 10_000;

const DEVICE: Rule = { free: 10, firstDelayMs: SECOND, maxDelayMs: 15 * MINUTE };
const HERE: Rule = { free: 5, firstDelayMs: SECOND, maxDelayMs: 15 * MINUTE };
/** While somebody guesses at an account from many networks. */
const HERE_UNDER_ATTACK: Rule = { free: 3, firstDelayMs: 30 * SECOND, maxDelayMs: 15 * MINUTE };
const ATTACK_FAILURES = 20;
/** One network that tries many accounts. */
const NETWORK: Rule = { free: 30, firstDelayMs: SECOND, maxDelayMs: 15 * MINUTE };
/** Codes after the right password: who guesses here knows it already, so this holds wherever the attempts come from. */
const SECOND_FACTOR: Rule = { free: 10, firstDelayMs: 5 * SECOND, maxDelayMs: 60 * MINUTE };

export type Pass = {
  readonly ok: true /** The proof was right, or was none: the attempt counts for nothing. */;
  readonly forgive: () => void;
};
export type Verdict = Pass | { readonly ok: false; readonly retryAfterMs: number };

export type Lockout = {
  /** Counts an attempt as failed until it is forgiven, so that attempts at the same time count too. */
  attempt(attempt: Attempt, now: number): Verdict;
  /** The same for a code after the right password. */
  attemptCode(attempt: Attempt, now: number): Verdict;
  /** How many counters are kept. */
  size(): number;
};

export function createLockout(): Lockout {
  const counters = new Map<string, Counter>();

  function counterAt(key: string, now: number): Counter {
    const known = counters.get(key);
    const counter = known && now - Math.max(known.last, known.until) < FORGET_MS ? known : { failures: 0, until: 0, last: now };
    // Those that were touched last are kept.
    counters.delete(key);
    counters.set(key, counter);
    const oldest = counters.size > MAX_COUNTERS ? counters.keys().next().value : undefined;
    if (oldest !== undefined) counters.delete(oldest);
    return counter;
  }

  function judge(rules: readonly (readonly [key: string, rule: Rule])[], alsoCounted: readonly string[], now: number): Verdict {
    const judged = rules.map(([key, rule]) => [counterAt(key, now), rule] as const);
    const until = Math.max(...judged.map(([counter]) => counter.until));
    if (until > now) return { ok: false, retryAfterMs: until - now };
    for (const [counter, rule] of judged) fail(counter, rule, now);
    for (const key of alsoCounted) fail(counterAt(key, now), undefined, now);
    const forgive = (): void => {
      for (const [counter] of judged) {
        counter.failures = Math.max(0, counter.failures - 1);
        counter.until = 0;
      }
      for (const key of alsoCounted) {
        const counter = counters.get(key);
        if (counter) counter.failures = Math.max(0, counter.failures - 1);
      }
    };
    return { ok: true, forgive };
  }

  const accountKey = (account: string) => `account ${account}`;

  return {
    attempt({ account, network, device }, now) {
      if (device !== undefined) return judge([[`device ${device}`, DEVICE]], [], now);
      const attacked = counterAt(accountKey(account), now).failures >= ATTACK_FAILURES;
      const here = [`here ${account} ${network}`, attacked ? HERE_UNDER_ATTACK : HERE] as const;
      return judge([here, [`network ${network}`, NETWORK]], [accountKey(account)], now);
    },
    attemptCode({ account, device }, now) {
      return judge([[`code ${device ?? account}`, SECOND_FACTOR]], [], now);
    },
    size: () => counters.size,
  };
}

function fail(counter: Counter, rule: Rule | undefined, now: number): void {
  counter.failures++;
  counter.last = now;
  const beyond = rule === undefined ? -1 : counter.failures - rule.free;
  if (rule && beyond >= 0) counter.until = now + Math.min(rule.maxDelayMs, rule.firstDelayMs * 2 ** Math.min(beyond, 30));
}
