/** Counts and records what the gateway was not allowed to call, the same destination folded. */
import { type EventMetadata, NetworkOutboundRefused, type NewEvent } from '@openclaw-gateway/events';
import { foldRepeats } from '../../access/folding.ts';
import { subjectOf } from '../../pipeline/context.ts';
import type { Logger } from '../logs.ts';
import { counter } from '../metrics/registry.ts';
import type { Egress, Refused } from './index.ts';

const MAX_HOST = 300;

const refusals = counter('openclaw_network_outbound_refused_total');

export type EgressRecord = { readonly close: () => Promise<void> };

export function recordRefusals(
  egress: Pick<Egress, 'onRefused'>,
  options: {
    readonly record: (streamId: string, event: NewEvent, metadata: EventMetadata) => Promise<unknown>;
    readonly pseudonym: (text: string) => Uint8Array;
    readonly logger: Pick<Logger, 'warn'>;
  },
): EgressRecord {
  const { record, pseudonym, logger } = options;
  const folding = foldRepeats<Refused>(async (_, { destination, address, namedBy, rule }, times) => {
    const event = NetworkOutboundRefused.create({
      destination: destination.slice(0, MAX_HOST),
      address: address.slice(0, MAX_HOST),
      namedBy,
      rule,
      times,
    });
    // A host may be somebody's home.
    const metadata = { actor: { type: 'system', id: 'gateway' }, subject: subjectOf({ pseudonym }, 'address', address) } as const;
    await record('network', event, metadata).catch((error: unknown) => logger.warn({ err: error }, 'a refused call was not recorded'));
  });
  const end = egress.onRefused((refused) => {
    refusals.inc({ named_by: refused.namedBy });
    folding.add(`${refused.destination} ${refused.address}`, refused);
  });
  return {
    close: async () => {
      end();
      await folding.close();
    },
  };
}
