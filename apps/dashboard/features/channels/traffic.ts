import type { Outputs } from '../../data/trpc.ts';

export type Traffic = Outputs['channels']['list']['traffic'][number];

/** Traffic is counted by channel: what several accounts have in common must not look like one's own. */
export const isShared = (accounts: readonly { readonly channel: string }[], channel: string) =>
  accounts.filter((each) => each.channel === channel).length > 1;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export function totalsOf({ received, delivered, failed }: Traffic) {
  return { received: sum(received), delivered: sum(delivered), failed: sum(failed) };
}
