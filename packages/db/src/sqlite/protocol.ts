/** What the main thread and the writer tell each other. Flat arrays, because they are cheap to pass between threads. */
import type { ErrorBody } from '@openclaw-gateway/events/errors';
import type { CheckpointRow } from '../integrity/rows.ts';
import type { ExpectedVersion } from '../log.ts';

export type WriterOptions = {
  readonly dir: string;
  readonly diskLowBytes: number;
};

/** The log lies in PostgreSQL, and the file in the state directory is a copy of it. */
export type SharedWriterOptions = WriterOptions & {
  readonly url: string;
  /** A connection of its own for being told of new events, where `url` leads through a pooler. */
  readonly listenUrl?: string;
  /** Nothing is stored before `lead`. */
  readonly inTurns?: true;
};

/**
 * Stream id, type, schema version, event id, data as JSON, metadata as JSON; and where the event holds personal data, that
 * part as JSON and the subject with whose key it is sealed.
 */
export type WireEvent = readonly [
  string,
  string,
  number,
  string,
  string,
  string,
  sealed?: string | undefined,
  subject?: string | undefined,
];

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

/** What the writer does to the log beside appending. Each answers with a number. */
export type MaintenanceTask =
  /** Destroys a subject's key that was made until then. Answers 1 where there was one. */
  | { readonly name: 'destroy_key'; readonly subject: string; readonly madeUntil: number }
  /** Takes the bodies of these events out of the log: for good, or because a segment has them. Answers how many had one. */
  | { readonly name: 'drop_bodies'; readonly positions: readonly number[]; readonly areArchived?: true }
  /** Records a segment that was written and verified, and takes the bodies it holds out of the log. */
  | { readonly name: 'archive_bodies'; readonly segment: SegmentRow; readonly positions: readonly number[] }
  /** The segment was written anew without these events, or is gone. */
  | { readonly name: 'replace_segment'; readonly first: number; readonly positions: readonly number[]; readonly by?: SegmentRow }
  /** Copies what others stored until now, where the log is shared. */
  | { readonly name: 'catch_up' }
  /** Moves the write-ahead log into the file and cuts it to nothing. */
  | { readonly name: 'truncate_wal' };

/** A row of the table of segments. Positions are those of the first and last event whose body is in the file. */
export type SegmentRow = {
  readonly first: number;
  readonly last: number;
  readonly firstPreviousHash: Uint8Array;
  readonly lastHash: Uint8Array;
  readonly file: string;
  readonly sha256: Uint8Array;
};

export type ToWriter =
  | { readonly kind: 'append'; readonly requests: readonly WireRequest[] }
  | { readonly kind: 'maintain'; readonly id: number; readonly task: MaintenanceTask }
  /** Make a checkpoint of everything that is stored, and answer `checkpointed`. */
  | { readonly kind: 'checkpoint' }
  /** Appends are stored from now on only as long as this is whose turn it is; see `postgres/leadership.ts`. */
  | { readonly kind: 'lead'; readonly epoch: number }
  /** Wait for the database no longer: what it has not stored is refused. */
  | { readonly kind: 'give_up' }
  | { readonly kind: 'close' };

/** The writer's thread as it is seen from outside. */
export type WriterThread = {
  postMessage(message: ToWriter): void;
  on(event: 'message', listener: (message: FromWriter) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  once(event: 'exit', listener: () => void): unknown;
};

export type FileSizes = { readonly fileBytes: number; readonly walBytes: number };

export type FromWriter =
  | {
      readonly kind: 'ready';
      readonly head: number;
      readonly gatewayId: string;
      readonly pseudonymSecret: Uint8Array;
      readonly pushKey: Uint8Array;
      /** What checkpoints are checked with: `name+id+base64`. */
      readonly verifierKey: string;
      readonly sizes: FileSizes;
    }
  | { readonly kind: 'refused'; readonly error: ErrorBody }
  | {
      readonly kind: 'results';
      readonly head: number;
      readonly results: readonly (readonly [id: number, result: WireResult])[];
      readonly sizes: FileSizes;
      /** How long the commit took, the sync of the disk included. */
      readonly commitMs?: number;
      /** Set once the file can no longer be written: nothing more will be stored. */
      readonly failure?: ErrorBody;
    }
  | { readonly kind: 'checkpoint'; readonly row: CheckpointRow }
  | { readonly kind: 'checkpointed' }
  /** The log is not what was signed before: no more is signed. */
  | { readonly kind: 'contradiction'; readonly size: number }
  /** The database went away (`error`) or came back. */
  | { readonly kind: 'database'; readonly error?: ErrorBody }
  /** Another instance took something out of the log: what is folded from it must go too. */
  | { readonly kind: 'removed'; readonly subject?: string; readonly positions?: readonly number[] }
  | { readonly kind: 'maintained'; readonly id: number; readonly value?: number; readonly error?: ErrorBody }
  | { readonly kind: 'closed' };
