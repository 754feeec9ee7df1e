/** What the main thread and the writer tell each other. Flat arrays, because they are cheap to pass between threads. */
import type { ErrorBody } from '@openclaw-gateway/events/errors';
import type { ExpectedVersion } from '../log.ts';

export type WriterOptions = {
  readonly dir: string;
  readonly diskLowBytes: number;
};

/** Stream id, type, schema version, event id, data as JSON, metadata as JSON. */
export type WireEvent = readonly [string, string, number, string, string, string];

export type WireRequest = {
  readonly id: number;
  readonly events: readonly WireEvent[];
  readonly expected?: readonly (readonly [string, ExpectedVersion])[];
  readonly idempotency?: readonly [key: string, requestHash: string];
};

export type WireResult =
  | { readonly kind: 'stored'; readonly first: number; readonly time: number; readonly versions: readonly number[] }
  | { readonly kind: 'replayed'; readonly first: number; readonly last: number }
  | { readonly kind: 'conflict'; readonly streamId: string; readonly actual: number }
  | { readonly kind: 'idempotency_mismatch'; readonly position: number }
  | { readonly kind: 'failed'; readonly error: ErrorBody };

export type ToWriter = { readonly kind: 'append'; readonly requests: readonly WireRequest[] } | { readonly kind: 'close' };

export type FileSizes = { readonly fileBytes: number; readonly walBytes: number };

export type FromWriter =
  | {
      readonly kind: 'ready';
      readonly head: number;
      readonly gatewayId: string;
      readonly pseudonymSecret: Uint8Array;
      readonly sizes: FileSizes;
    }
  | { readonly kind: 'refused'; readonly error: ErrorBody }
  | {
      readonly kind: 'results';
      readonly head: number;
      readonly results: readonly (readonly [id: number, result: WireResult])[];
      readonly sizes: FileSizes;
      /** Set once the file can no longer be written: nothing more will be stored. */
      readonly failure?: ErrorBody;
    }
  | { readonly kind: 'closed' };
