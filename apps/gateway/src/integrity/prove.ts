import type { Checkpoint, EventProof, Store } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';

export type ProvenEvent = { readonly verifierKey: string; readonly checkpoint: Checkpoint; readonly proof: EventProof };

/** Shows that the event at a position lies under a signed checkpoint, which is made when there is none yet. Throws `EVENT_NOT_FOUND`. */
export async function proveEvent({ checkpoints, log }: Pick<Store, 'checkpoints' | 'log'>, position: number): Promise<ProvenEvent> {
  if (position < 1 || position > log.head()) throw new GatewayError('EVENT_NOT_FOUND');
  const checkpoint = (await checkpoints.covering(position)) ?? (await checkpoints.make());
  const proof = checkpoint && (await checkpoints.prove(position, checkpoint.size));
  if (!proof) throw new GatewayError('EVENT_NOT_FOUND');
  return { verifierKey: checkpoints.verifierKey, checkpoint, proof };
}
