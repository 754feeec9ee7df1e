import type { Outputs } from '../../data/trpc.ts';

export type Traffic = Outputs['channels']['list']['traffic'][number];

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export function totalsOf({ received, delivered, failed }: Traffic) {
  return { received: sum(received), delivered: sum(delivered), failed: sum(failed) };
}
