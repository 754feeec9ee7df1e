import { z } from 'zod';

const time = z.number().nonnegative().max(8.64e15);
const fact = z.string().transform((text) => text.slice(0, 200));
/** What an extension's channel tells of its place in the service; texts are cut to what a card can show. */
export const channelFacts = z.object({
  position: z.object({ name: fact, value: fact }).exactOptional(),
  webhook: z
    .object({
      address: fact.exactOptional(),
      pending: z.int().nonnegative().exactOptional(),
      lastError: fact.exactOptional(),
      lastErrorAt: time.exactOptional(),
      askedAt: time.exactOptional(),
      lastCallAt: time.exactOptional(),
    })
    .exactOptional(),
  tokenExpiresAt: time.exactOptional(),
  version: fact.exactOptional(),
});
