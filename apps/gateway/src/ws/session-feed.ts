/** Says `sessions.changed` after a message ended, once the views show it, so that a client that reads at once sees it. */
import type { Store } from '@openclaw-gateway/db';
import type { Progress } from '../parts.ts';
import type { Connection } from './connection.ts';
import { eventText } from './frames.ts';

const VIEWS_WAIT_MS = 2_000;

type Change = { readonly sessionKey: string; readonly sessionId: string; readonly agentId: string; readonly reason: 'message' };

export class SessionFeed {
  readonly #readers: ReadonlySet<Connection>;
  readonly #store: Store;
  #changed = new Map<string, Change>();
  #flushing = false;

  constructor(readers: ReadonlySet<Connection>, store: Store) {
    this.#readers = readers;
    this.#store = store;
  }

  /** Many changes of one session while the views catch up are one event. */
  take(progress: Progress): void {
    if (progress.type !== 'settled' || this.#readers.size === 0) return;
    const { sessionKey, sessionId, agentId } = progress;
    this.#changed.set(sessionId, { sessionKey, sessionId, agentId, reason: 'message' });
    if (!this.#flushing) void this.#flush();
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#changed.size > 0) {
      const changed = this.#changed;
      this.#changed = new Map();
      // Late views are no reason to stay silent.
      await this.#store.waitForViews(this.#store.log.head(), VIEWS_WAIT_MS).catch(() => undefined);
      for (const change of changed.values()) {
        const event = eventText('sessions.changed', { ...change, ts: Date.now() });
        for (const reader of this.#readers) if (reader.follows(change.sessionKey)) reader.sendEvent(event);
      }
    }
    this.#flushing = false;
  }
}
