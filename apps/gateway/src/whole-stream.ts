import type { EventLog } from '@openclaw-gateway/db';
import type { StoredEvent } from '@openclaw-gateway/events';

const PAGE = 500;

/** Everything that a stream of the log holds, oldest first. For what is folded when the gateway starts. */
export async function* wholeStream(log: Pick<EventLog, 'readStream'>, streamId: string): AsyncIterable<StoredEvent> {
  let afterVersion = 0;
  for (;;) {
    const page = await log.readStream(streamId, { afterVersion, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    afterVersion = page.at(-1)?.version ?? afterVersion;
  }
}
