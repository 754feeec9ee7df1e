import type { Account } from './channel-state.tsx';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** What came and went in the last 24 hours, and in the last of them. */
export function trafficOf({ received, delivered, failed }: Account['traffic']) {
  return {
    day: { received: sum(received), delivered: sum(delivered), failed: sum(failed) },
    hour: { received: received.at(-1) ?? 0, delivered: delivered.at(-1) ?? 0, failed: failed.at(-1) ?? 0 },
  };
}
