import { type Store, trimThreads } from '@openclaw-gateway/db';
import type { Parts } from '../parts.ts';
import type { RunningPipeline } from '../pipeline/index.ts';

/** Whether nothing is under way for which memory is needed. */
export function isQuiet(pipeline: RunningPipeline, { log }: Store): boolean {
  const { activeRuns, waitingMessages } = pipeline.activity();
  return activeRuns + waitingMessages + log.stats().pendingEvents === 0;
}

/** Names what the pipeline and the log hold in memory, and has both let go of what they can do without when there is little. */
export function watchHolders({ memory, store }: Parts, pipeline: RunningPipeline): void {
  memory.holds(() => {
    const { waitingMessages, activeRuns } = pipeline.activity();
    const { pendingEvents, pendingBytes } = store.log.stats();
    return [
      ...pipeline.holders(),
      { name: 'messages under way', count: waitingMessages + activeRuns },
      { name: 'events for the disk', count: pendingEvents, bytes: pendingBytes },
    ];
  });
  memory.onPressure(() => {
    pipeline.dropIdle(0);
    trimThreads();
    void globalThis.gc?.({ type: 'major', execution: 'async' });
  });
}
