/**
 * The port of the event log. Two adapters stand behind it, memory and SQLite; one contract suite (log.contract.ts)
 * holds for both. Nothing outside this package knows which one it has.
 */
import type { EventMetadata, NewEvent, StoredEvent } from '@openclaw-gateway/events';

/** What a stream must look like for an append to be taken. A number is the exact version, 0 the same as `none`. */
export type ExpectedVersion = 'any' | 'none' | 'exists' | number;

export type StreamEvent = { readonly streamId: string; readonly event: NewEvent; readonly metadata?: EventMetadata };

export type AppendRequest = {
  /** In the order of their positions. All or none are stored. At most 1,000. */
  readonly events: readonly StreamEvent[];
  /** By stream id; `any` where nothing is said. */
  readonly expected?: Readonly<Record<string, ExpectedVersion>>;
  /** The same key with the same request hash is stored once. Opaque: an id or a keyed hash. */
  readonly idempotency?: { readonly key: string; readonly requestHash: string };
};

export type AppendResult =
  | {
      readonly ok: true;
      /** Position of the first and of the last event. */
      readonly first: number;
      readonly last: number;
      /** The key was used before with the same request: nothing was stored, these are the first append's positions. */
      readonly replayed: boolean;
      /** Exactly what was stored, in order; empty when replayed. */
      readonly events: readonly StoredEvent[];
    }
  | { readonly ok: false; readonly reason: 'conflict'; readonly streamId: string; readonly actual: number }
  | { readonly ok: false; readonly reason: 'idempotency_mismatch'; readonly position: number };

export type ReadAllOptions = {
  /** Positions greater than this. */
  readonly after: number;
  /** At most 1,000. */
  readonly limit: number;
};

export type ReadStreamOptions = { readonly afterVersion?: number; readonly limit: number; readonly toPosition?: number };

export type SubscribeOptions = { readonly after: number; readonly signal: AbortSignal; readonly pageSize?: number };

export type LogStats = {
  readonly head: number;
  readonly pendingEvents: number;
  readonly pendingBytes: number;
  readonly fileBytes: number;
  readonly walBytes: number;
};

export interface EventLog {
  /**
   * Stores events and resolves once they are durable. Rejects with `LOG_OVERLOADED` when 10,000 events or 64 MB wait,
   * `LOG_UNAVAILABLE` after an I/O error (for good: the truth is read again on start), `DISK_LOW` when `refuseWhenLow` holds.
   */
  append(request: AppendRequest): Promise<AppendResult>;
  /** Position of the last durable event this process knows of; 0 for an empty log. */
  head(): number;
  /** A page in position order. */
  readAll(options: ReadAllOptions): Promise<StoredEvent[]>;
  /** A page of one stream in version order. */
  readStream(streamId: string, options: ReadStreamOptions): Promise<StoredEvent[]>;
  readAt(position: number): Promise<StoredEvent | undefined>;
  /** Pages of everything after a position, then live, without gap or duplicate, until the signal aborts. A slow reader reads later pages. */
  subscribe(options: SubscribeOptions): AsyncIterable<readonly StoredEvent[]>;
  /** Resolves once the head has reached the position (at once if it has). Rejects with `DEADLINE_EXCEEDED`. */
  waitForHead(position: number, timeoutMs: number): Promise<void>;
  stats(): LogStats;
  close(): Promise<void>;
}

/** A log that can forget a person. */
export interface ErasableLog extends EventLog {
  /**
   * Destroys the key with which a subject's personal data was sealed until then (milliseconds since 1970), so that nobody can
   * read it any more. What is appended afterwards gets a new key. Resolves with whether there was a key.
   */
  erase(subject: string, madeUntil: number): Promise<boolean>;
}
