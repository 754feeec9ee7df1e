/**
 * Time travel: what a session, the queue and the configuration were at an earlier position, and how two moments differ.
 * Everything here is a fold of the log; nothing here writes, but for the fork of a session, which begins a new one.
 */
import type { ReadOnlyStore } from '@openclaw-gateway/db';
import type { AggregateDefinition, StoredEvent } from '@openclaw-gateway/events';

/** What time travel reads: the store of a running gateway, or of a stopped one. */
export type HistoryReader = Pick<ReadOnlyStore, 'log' | 'views'>;
export type LogOfThePast = Pick<ReadOnlyStore['log'], 'head' | 'readAt' | 'readStream'>;

const PAGE = 1000;

/** The events of a stream up to a position, in pages. */
export async function* streamTo(log: LogOfThePast, streamId: string, toPosition: number): AsyncGenerator<readonly StoredEvent[]> {
  let afterVersion = 0;
  for (;;) {
    const page = await log.readStream(streamId, { afterVersion, limit: PAGE, toPosition });
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    afterVersion = page.at(-1)?.version ?? afterVersion;
  }
}

/** The state of an aggregate as its stream had it at a position. */
export async function foldTo<State>(
  log: LogOfThePast,
  aggregate: AggregateDefinition<State>,
  streamId: string,
  toPosition: number,
): Promise<State> {
  let state = aggregate.initial();
  for await (const page of streamTo(log, streamId, toPosition)) {
    for (const event of page) state = aggregate.evolve(state, event);
  }
  return state;
}
