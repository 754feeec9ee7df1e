/**
 * Floods and guessing: how much one address may ask, what is unusual about it, and who is turned away. The doors tell it what
 * comes in and ask what to do; it knows no door, and no credentials.
 */
import type { Store } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import type { Denial, RecordEvent } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import { type Bans, createBans } from './bans.ts';
import type { BucketRule } from './bucket.ts';
import { networkOf } from './network.ts';
import { bitsFor, createProofs, type Proofs, type Puzzle } from './proof.ts';
import { RequestCounts } from './request-counts.ts';
import { anomalyScore } from './score.ts';
import { Traffic } from './traffic.ts';

export type { Ban, Bans } from './bans.ts';
export { networkOf } from './network.ts';

/** What becomes of a request: nothing, an answer, or a puzzle first. */
export type Verdict = { readonly refusal: GatewayError } | { readonly puzzle: Puzzle } | undefined;

export type Settings = Config['gateway']['security']['ddos'];

export type Floods = {
  readonly bans: Bans;
  readonly proofs: Proofs;
  /** The settings in force; nothing when the protection is off. */
  settings(): Settings | undefined;
  /** Why an address is turned away, whatever it asks. */
  banned(network: string): GatewayError | undefined;
  /** Counts a request and judges it. `pass` is what an earlier puzzle earned. */
  judge(network: string, request: { readonly path: string; readonly pass: string | undefined; readonly solves: boolean }): Verdict;
  /** A request that was let in ended with an error. */
  failed(network: string): void;
  /** Somebody was refused at a door: who guesses weighs in. */
  denied(denial: Denial): void;
  /** Calls back when an address is banned, so that its connections can be closed. */
  onBanned(listener: (network: string) => void): void;
  holds(): { readonly count: number; readonly bytes: number };
  close(): Promise<void>;
};

/** Codes of refusals that are no guess: whoever shows nothing tries nothing. */
const NO_GUESS: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'ORIGIN_NOT_ALLOWED', 'FORBIDDEN', 'STARTING']);
/** Unusual traffic gets a tenth of what `rateLimit` allows, and the most unusual a hundredth. */
const TIGHTER = 10;
const WARN_MS = 60_000;

export function createFloods(options: {
  readonly settings: () => Settings;
  readonly record: RecordEvent;
  readonly pseudonym: Store['pseudonym'];
  readonly logger: { warn(details: object, message: string): void };
}): Floods {
  const { logger } = options;
  const listeners = new Set<(network: string) => void>();
  const bans = createBans({
    ...options,
    onBanned: (network) => {
      for (const listener of listeners) listener(network);
    },
  });
  const traffic = new Traffic();
  const counts = new RequestCounts();
  const proofs = createProofs();
  let warnedAt = Number.NEGATIVE_INFINITY;

  const settings = (): Settings | undefined => (options.settings().enabled ? options.settings() : undefined);

  function banned(network: string): GatewayError | undefined {
    const ban = bans.of(network);
    if (!ban) return undefined;
    const { until } = ban;
    const message = until === undefined ? 'This address is banned.' : `This address is banned until ${new Date(until).toISOString()}.`;
    const details = { reason: ban.reason, ...(until !== undefined && { until, retryAfterMs: Math.max(0, until - Date.now()) }) };
    return new GatewayError('ADDRESS_BANNED', { message, details });
  }

  function impose(network: string, reason: 'rate' | 'anomaly', { rateLimit }: Settings): Verdict {
    bans.impose(network, reason, rateLimit.banDuration);
    counts.forget(network);
    traffic.forget(network);
    const refusal = banned(network);
    return refusal && { refusal };
  }

  /** A line now and then, not one for each request: each request has its own. */
  function warn(score: number, response: string): void {
    if (performance.now() - warnedAt < WARN_MS) return;
    warnedAt = performance.now();
    logger.warn({ score: Math.round(score * 100) / 100, response }, 'the traffic of an address is unusual');
  }

  return {
    bans,
    proofs,
    settings,
    banned,
    judge(network, { path, pass, solves }) {
      const now = settings();
      const { rateLimit, anomalyDetection } = now ?? {};
      if (!now || !rateLimit || !anomalyDetection) return undefined;
      if (counts.increment(network, rateLimit.window).current > rateLimit.maxPerIp) return impose(network, 'rate', now);
      const signals = traffic.came(network, path);
      if (!anomalyDetection.enabled) return undefined;
      const score = anomalyScore(signals);
      if (score < anomalyDetection.threshold) return undefined;
      traffic.unusual(network);
      warn(score, anomalyDetection.response);
      if (anomalyDetection.response === 'block') return impose(network, 'anomaly', now);
      if (anomalyDetection.response === 'captcha') {
        const bits = bitsFor(excess(score, anomalyDetection.threshold));
        return solves || proofs.accepts(network, pass, bits) ? undefined : { puzzle: proofs.puzzle(network, bits) };
      }
      const rule = tighter(rateLimit, excess(score, anomalyDetection.threshold));
      const bucket = traffic.tight(network, rule.size);
      if (bucket.take(rule)) return undefined;
      const details = { score: Math.round(score * 100) / 100, retryAfterMs: Math.ceil(bucket.waitMs(rule)) };
      return { refusal: new GatewayError('TRAFFIC_UNUSUAL', { details }) };
    },
    failed: (network) => {
      if (settings()) traffic.failed(network);
    },
    denied({ error, client }) {
      const network = networkOf(client?.remoteAddress);
      if (settings() && network !== undefined && !NO_GUESS.has(error.code)) traffic.guessed(network);
    },
    onBanned: (listener) => void listeners.add(listener),
    holds: () => ({ count: traffic.size + counts.size, bytes: traffic.bytes + counts.bytes }),
    close: () => bans.close(),
  };
}

/** How far a score is from the threshold to 1. */
function excess(score: number, threshold: number): number {
  return threshold >= 1 ? 1 : (score - threshold) / (1 - threshold);
}

function tighter({ maxPerIp, window }: Settings['rateLimit'], beyond: number): BucketRule {
  const allowed = maxPerIp / TIGHTER ** (1 + beyond);
  return { size: Math.max(1, Math.ceil(allowed)), perSecond: allowed / Math.max(1e-3, window / 1000) };
}
