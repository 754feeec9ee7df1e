/** The parts of a gateway, made in the order in which they need each other: what is made later is closed first. */
import type { GatewayError } from '@openclaw-gateway/events';
import { createEvidence } from './evidence.ts';
import type { Foundation } from './foundation.ts';
import { createObservation } from './observation.ts';
import { createProtection } from './protection.ts';
import { createWork } from './work.ts';

/** All that `startGateway` starts, configures and stops; what the doors see of it is `Parts`. */
export type Composed = Awaited<ReturnType<typeof compose>>;

/** `fatal` is called when the log did not take what a conversation did: the process must end. */
export async function compose(foundation: Foundation, stack: AsyncDisposableStack, fatal: (error: GatewayError) => void) {
  const protection = await createProtection(foundation, stack);
  const evidence = createEvidence(foundation, stack);
  const work = await createWork(foundation, protection.access, stack, fatal);
  const made = { ...foundation, ...protection, ...evidence, ...work };
  return { ...made, ...createObservation(made, stack) };
}
