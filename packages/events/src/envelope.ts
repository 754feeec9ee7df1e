import type { Id } from './ids.ts';

/**
 * Who caused an event. `id` is opaque (a typed id, a key's name, a keyed hash): never a phone number or an address.
 * `type` follows the CloudEvents authcontext extension.
 */
export type Actor = { readonly type: 'app_user' | 'user' | 'service_account' | 'system' | 'unauthenticated'; readonly id: string };

/** What is known of an event beside its data. Opaque ids and short names only: this part is never erased. */
export type EventMetadata = {
  /** The inbound message whose flow this event belongs to. */
  readonly correlationId?: string;
  /** The event that led to this one. */
  readonly causationId?: string;
  /** The caller's span of W3C Trace Context, on the events of a message's arrival. */
  readonly traceparent?: string;
  readonly sessionId?: string;
  readonly runId?: string;
  readonly agentId?: string;
  readonly channel?: string;
  readonly actor?: Actor;
  /** Whose personal data the event holds: `sub_…`, a keyed hash. What is marked `pii` is sealed with this person's key. */
  readonly subject?: string;
  /** Where an imported event was first written, its hash there, and whether its texts were masked on the way. */
  readonly origin?: {
    readonly gatewayId: string;
    readonly position: number;
    readonly time: number;
    readonly hash: string;
    readonly masked?: boolean;
  };
};

/** An event that is not in the log yet: what a decider returns. */
export type NewEvent<T extends string = string, D = unknown> = {
  readonly id: Id<'event'>;
  readonly type: T;
  readonly schemaVersion: number;
  readonly data: D;
};

/** An event as the log holds it, its data upcast to the newest schema version. */
export type StoredEvent<T extends string = string, D = unknown> = NewEvent<T, D> & {
  /** 1, 2, 3 … over the whole log, without a gap, in commit order. */
  readonly position: number;
  readonly streamId: string;
  /** 1, 2, 3 … within the stream. */
  readonly version: number;
  /** Milliseconds since 1970, never smaller than the previous event's. */
  readonly time: number;
  readonly metadata: EventMetadata;
  /**
   * Its data is no longer what was written. The person was erased: what is marked `pii` reads `[erased]`, or is empty. Or its
   * time was over: the data is `{ erased: true }`.
   */
  readonly erased?: boolean;
};
