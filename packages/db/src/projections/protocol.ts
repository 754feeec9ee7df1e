import type { ErrorBody } from '@openclaw-gateway/events/errors';
import type { Sample } from '../measurements/port.ts';
import type { ProjectionProgress } from '../store.ts';
import type { CancelRead, FromReader, ReadRequest } from '../views/protocol.ts';

/** What the main thread and the projections' thread tell each other. */
export type ToProjections =
  /** The log exists and is locked: open it and begin. */
  | { readonly kind: 'start'; readonly dir: string }
  /** The log has grown. Sent only to a runner that said it waits. */
  | { readonly kind: 'wake' }
  | { readonly kind: 'resume'; readonly id: number; readonly name: string; readonly action: 'retry' | 'skip' }
  | { readonly kind: 'erase'; readonly id: number; readonly erasure: ViewErasure }
  /** Keep these figures of the process. */
  | { readonly kind: 'record'; readonly id: number; readonly sample: Sample }
  | ReadRequest
  | CancelRead
  | { readonly kind: 'close' };

export type FromProjections =
  /** `position`: what every view shows. `frontier`: how much of the log was looked at. `waiting`: it sleeps until woken. */
  | {
      readonly kind: 'progress';
      readonly position: number;
      readonly frontier: number;
      readonly waiting: boolean;
      readonly projections: readonly ProjectionProgress[];
    }
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly error: ErrorBody }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: ErrorBody }
  | FromReader;

/** What the views are to forget. */
export type ViewErasure = {
  /** Events whose data can no longer be read. */
  readonly positions: readonly number[];
  /** Leaves no trace of it in the file either, which rewrites the file. */
  readonly scrub?: boolean;
};
