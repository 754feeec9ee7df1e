import { parentPort, workerData } from 'node:worker_threads';
import { replayProjections } from '@openclaw-gateway/db/replay/projections';
import { yieldToMessages } from '@openclaw-gateway/db/thread-rank';
import { type GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { Projections } from './projections.ts';

yieldToMessages();

export type FromProjections =
  | { readonly kind: 'done'; readonly projections: Projections }
  | { readonly kind: 'failed'; readonly error: ReturnType<GatewayError['toBody']> };

try {
  parentPort?.postMessage({ kind: 'done', projections: replayProjections({ dir: workerData as string }) } satisfies FromProjections);
} catch (thrown) {
  parentPort?.postMessage({ kind: 'failed', error: toGatewayError(thrown).toBody() } satisfies FromProjections);
}
