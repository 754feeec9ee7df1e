/**
 * Tells browsers. Each has one line and in it at most one notice, the newest: a push service that is slow or away costs no memory
 * and holds up neither messages nor other browsers. A notice that is not due any more is not sent.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError, type PushSubscription } from '@openclaw-gateway/events';
import { readRetryAfter } from '../models/rate-limit.ts';
import type { Egress } from '../operations/egress/index.ts';
import { backoffMs, describeFailure, shownEndpoint } from '../operations/endpoint.ts';
import type { Logger } from '../operations/logs.ts';
import { counter } from '../operations/metrics/registry.ts';
import { type Signer, seal } from './message.ts';

const TIMEOUT_MS = 15_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 5 * 60_000;
const MOST_ANSWER_BYTES = 64 * 1024;
/** While a browser is away its push service keeps one of these, the newest. */
const TOPIC = 'approvals';

const attempts = counter('openclaw_push_notifications_total');

/** A call that waits for a person, without anything of what it would do. */
export type Notice = { readonly code: string; readonly tool: string; readonly agent: string; readonly expiresAt: number };

export type SenderOptions = {
  readonly egress: Pick<Egress, 'to'>;
  readonly signer: Signer;
  /** How many calls wait; nothing when this one does not any more. */
  readonly waiting: (notice: Notice) => number | undefined;
  /** The push service does not know the browser any more. */
  readonly onGone: (subscription: PushSubscription) => void;
  readonly logger: Pick<Logger, 'warn'>;
  readonly now: () => number;
};

export type Sender = {
  readonly offer: (subscription: PushSubscription, notice: Notice) => void;
  readonly forget: (subscriptionId: string) => void;
  readonly close: () => Promise<void>;
};

type Line = { subscription: PushSubscription; notice: Notice | undefined; readonly stopped: AbortController; running: Promise<void> };
type Outcome = 'delivered' | 'gone' | 'refused' | { readonly retryInMs: number };

export function createSender({ egress, signer, waiting, onGone, logger, now }: SenderOptions): Sender {
  const lines = new Map<string, Line>();

  async function run(line: Line): Promise<void> {
    for (let failures = 0; line.notice && !line.stopped.signal.aborted; ) {
      const { notice } = line;
      const count = now() < notice.expiresAt ? waiting(notice) : undefined;
      const outcome = count === undefined ? 'over' : await attempt(line, notice, count, failures + 1);
      if (typeof outcome === 'object') {
        failures += 1;
        await delay(outcome.retryInMs, undefined, { signal: line.stopped.signal, ref: false }).catch(() => undefined);
        continue;
      }
      failures = 0;
      if (line.notice === notice) line.notice = undefined;
      if (outcome === 'gone') return onGone(line.subscription);
    }
  }

  async function attempt({ subscription, stopped }: Line, notice: Notice, count: number, failures: number): Promise<Outcome> {
    const { endpoint } = subscription;
    const failed = (problem: string, result: 'failed' | 'refused' | 'gone'): void => {
      attempts.inc({ result });
      const { subscriptionId, userId } = subscription;
      logger.warn(
        { subscriptionId, userId, service: shownEndpoint(endpoint), problem, result },
        'a browser could not be told of an approval',
      );
    };
    try {
      const { tool, agent, code, expiresAt } = notice;
      const response = await egress.to().fetch(endpoint, {
        method: 'POST',
        headers: {
          authorization: signer.authorization(endpoint, now()),
          'content-encoding': 'aes128gcm',
          'content-type': 'application/octet-stream',
          ttl: String(Math.ceil((expiresAt - now()) / 1000)),
          topic: TOPIC,
          urgency: 'high',
        },
        body: seal(JSON.stringify({ tool, agent, more: count - 1, url: `/approvals/?id=${code}` }), subscription),
        signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(TIMEOUT_MS)]),
        mostBytes: MOST_ANSWER_BYTES,
      });
      await response.body?.cancel();
      const { status, ok, headers } = response;
      if (ok) {
        attempts.inc({ result: 'delivered' });
        return 'delivered';
      }
      const problem = `the push service answered ${status}`;
      if (status === 404 || status === 410) {
        failed(problem, 'gone');
        return 'gone';
      }
      if (status !== 429 && status < 500) {
        failed(problem, 'refused');
        return 'refused';
      }
      failed(problem, 'failed');
      return { retryInMs: readRetryAfter(Object.fromEntries(headers), now()) ?? backoffMs(failures, FIRST_RETRY_MS, MAX_RETRY_MS) };
    } catch (error) {
      if (stopped.signal.aborted) return 'refused';
      const isRefused = error instanceof GatewayError;
      failed(describeFailure(error), isRefused ? 'refused' : 'failed');
      return isRefused ? 'refused' : { retryInMs: backoffMs(failures, FIRST_RETRY_MS, MAX_RETRY_MS) };
    }
  }

  return {
    offer(subscription, notice) {
      const { subscriptionId } = subscription;
      const known = lines.get(subscriptionId);
      if (known) {
        Object.assign(known, { subscription, notice });
        return;
      }
      const line: Line = { subscription, notice, stopped: new AbortController(), running: Promise.resolve() };
      lines.set(subscriptionId, line);
      line.running = run(line).finally(() => {
        if (lines.get(subscriptionId) === line) lines.delete(subscriptionId);
      });
    },
    forget(subscriptionId) {
      lines.get(subscriptionId)?.stopped.abort();
      lines.delete(subscriptionId);
    },
    async close() {
      const open = [...lines.values()];
      for (const { stopped } of open) stopped.abort();
      await Promise.all(open.map(({ running }) => running));
    },
  };
}
