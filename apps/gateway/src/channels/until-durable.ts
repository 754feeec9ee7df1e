import { setTimeout as wait } from 'node:timers/promises';
import { toGatewayError } from '@openclaw-gateway/events';
import type { ChannelContext } from '@openclaw-gateway/sdk';

const RETRY_MS = 1_000;

/**
 * Commits what a service brought, however often that must be tried; what the gateway can never take is recorded as refused.
 * Resolves with whether one of them is durable: `false` only when the account stops first. Acknowledge after `true` alone.
 */
export async function untilDurable(
  update: unknown,
  commit: () => Promise<unknown>,
  { refuse, signal }: Pick<ChannelContext<unknown>, 'refuse' | 'signal'>,
): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await commit().catch(async (thrown: unknown) => {
        const error = toGatewayError(thrown);
        if (error.retryable) throw error;
        // Trying again would never end, and everything behind it would wait.
        await refuse(update, error);
      });
      return true;
    } catch (thrown) {
      const askedMs = toGatewayError(thrown).details?.['retryAfterMs'];
      await wait(typeof askedMs === 'number' ? askedMs : RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }
  return false;
}
