/** The event log in memory: for tests, and for what must leave nothing behind. */
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { follow, Head } from './head.ts';
import type { AppendRequest, AppendResult, ErasableLog, LogStats, ReadAllOptions, ReadStreamOptions, SubscribeOptions } from './log.ts';
import { checkRequest, meets, metadataOf, pageLimit } from './request.ts';
import { splitPersonal, withoutPersonal } from './sealing/split.ts';

type Earlier = { readonly first: number; readonly last: number; readonly requestHash: string };

export class MemoryLog implements ErasableLog {
  readonly #now: () => number;
  readonly #head = new Head(0);
  readonly #events: StoredEvent[] = [];
  readonly #streams = new Map<string, StoredEvent[]>();
  readonly #keys = new Map<string, Earlier>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    checkRequest(request);
    if (this.#head.closed) throw new GatewayError('SHUTTING_DOWN');
    const earlier = request.idempotency && this.#keys.get(request.idempotency.key);
    if (earlier) {
      if (earlier.requestHash !== request.idempotency?.requestHash)
        return { ok: false, reason: 'idempotency_mismatch', position: earlier.first };
      return { ok: true, first: earlier.first, last: earlier.last, replayed: true, events: [] };
    }
    for (const [streamId, expected] of Object.entries(request.expected ?? {})) {
      const actual = this.#streams.get(streamId)?.length ?? 0;
      if (!meets(actual, expected)) return { ok: false, reason: 'conflict', streamId, actual };
    }
    const events = this.#store(request);
    const first = this.#events.length - events.length + 1;
    const last = this.#events.length;
    if (request.idempotency) this.#keys.set(request.idempotency.key, { first, last, requestHash: request.idempotency.requestHash });
    this.#head.advance(last);
    return { ok: true, first, last, replayed: false, events };
  }

  head(): number {
    return this.#head.position;
  }

  async readAll({ after, limit }: ReadAllOptions): Promise<StoredEvent[]> {
    return this.#events.slice(after, after + pageLimit(limit));
  }

  async readStream(streamId: string, { afterVersion = 0, limit, toPosition }: ReadStreamOptions): Promise<StoredEvent[]> {
    const to = toPosition ?? Number.POSITIVE_INFINITY;
    const stream = this.#streams.get(streamId) ?? [];
    return stream.slice(afterVersion, afterVersion + pageLimit(limit)).filter((event) => event.position <= to);
  }

  async readAt(position: number): Promise<StoredEvent | undefined> {
    return this.#events[position - 1];
  }

  subscribe(options: SubscribeOptions): AsyncIterable<readonly StoredEvent[]> {
    return follow(this.#head, (page) => this.readAll(page), options);
  }

  waitForHead(position: number, timeoutMs: number): Promise<void> {
    return this.#head.reached(position, timeoutMs);
  }

  async erase(subject: string, madeUntil: number): Promise<boolean> {
    let found = false;
    for (const [index, event] of this.#events.entries()) {
      const split = event.metadata.subject === subject && event.time <= madeUntil && !event.erased && splitPersonal(event.type, event.data);
      if (!split) continue;
      found = true;
      const erased = { ...event, data: withoutPersonal(split.open), erased: true };
      this.#events[index] = erased;
      this.#streams.get(event.streamId)?.splice(event.version - 1, 1, erased);
    }
    return found;
  }

  stats(): LogStats {
    return { head: this.head(), pendingEvents: 0, pendingBytes: 0, fileBytes: 0, walBytes: 0 };
  }

  async close(): Promise<void> {
    this.#head.close();
  }

  #store(request: AppendRequest): StoredEvent[] {
    const time = Math.max(this.#now(), this.#events.at(-1)?.time ?? 0);
    return request.events.map((item) => {
      const { streamId, event } = item;
      const stream = this.#streams.get(streamId) ?? [];
      this.#streams.set(streamId, stream);
      const data: unknown = JSON.parse(JSON.stringify(event.data));
      const stored = {
        ...event,
        data,
        streamId,
        metadata: metadataOf(item),
        position: this.#events.length + 1,
        version: stream.length + 1,
        time,
      };
      this.#events.push(stored);
      stream.push(stored);
      return stored;
    });
  }
}
