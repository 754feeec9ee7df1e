/** What a process gets when it opens a state directory: the log, the views, and what keeps them going. */
import type { GatewayError } from '@openclaw-gateway/events/errors';
import type { CheckpointReads, Checkpoints } from './integrity/checkpoints.ts';
import type { EventLog } from './log.ts';
import type { Measurements } from './measurements/port.ts';
import type { Redactor } from './redact/redactor.ts';
import type { Retention } from './retention/port.ts';
import type { ViewQueries } from './views/queries.ts';

/** The reads that a running message waits for. They have a worker of their own, so that no dashboard can hold them up. */
export type PipelineReads = Pick<ViewQueries, 'sessionState' | 'unsettledSessions' | 'message' | 'messageByRequestId'>;

export type ProjectionProgress = { readonly name: string; readonly position: number; readonly stopped: boolean };

export interface Store {
  /** `gw_…`, the same for as long as the state directory lives. */
  readonly gatewayId: string;
  /** The private key on P-256 that push services know the gateway by: 32 bytes, as old as the state directory. */
  readonly pushKey: Uint8Array;
  readonly log: EventLog;
  /** For the dashboard, the API and the command line. */
  readonly views: ViewQueries;
  readonly pipeline: PipelineReads;
  readonly retention: Retention;
  readonly checkpoints: Checkpoints;
  readonly measurements: Measurements;
  /** Resolves once every view shows the position, so that one can read what one wrote. Rejects with `DEADLINE_EXCEEDED`, and `VIEW_STOPPED` where one never will. */
  waitForViews(position: number, timeoutMs: number): Promise<void>;
  /** How far each projection has come, as of its last batch; nothing is read for it. */
  projections(): readonly ProjectionProgress[];
  /** Lets a projection that stopped at an event go on, by trying the event again or by skipping it. */
  resumeProjection(name: string, action: 'retry' | 'skip'): Promise<void>;
  /** A keyed hash under a secret of this state directory: what stands for a phone number or an address in ids and keys. */
  pseudonym(text: string): Uint8Array;
  /** For what goes to people before it is in the log: the same secrets are taken out of it. */
  readonly redactor: Pick<Redactor, 'redactText' | 'undecided'>;
  /** From now on these texts, however they are written, are `[secret]` in the log. Replaces what was set before; texts under six characters are left alone. */
  setSecrets(secrets: readonly string[]): void;
  /** Only where the log lies in a database that several instances share. */
  readonly shared?: {
    /** From now on appends are stored as long as the epoch lasts. Resolves once everything that was added before it is here. */
    readonly lead: (epoch: number) => Promise<void>;
    /** Why the database cannot be reached just now. */
    readonly away: () => GatewayError | undefined;
    /** Nothing waits for the database any more: what it has not stored is refused, and so is everything from now on. */
    readonly giveUp: () => void;
  };
  /** Resolves when the log cannot be written any more: the process must end, and reads the truth on its next start. */
  readonly failed: Promise<GatewayError>;
  close(): Promise<void>;
}

/** What can be read beside a running gateway, or without one. */
export interface ReadOnlyStore {
  readonly log: Pick<EventLog, 'head' | 'readAll' | 'readStream' | 'readAt'>;
  readonly views: ViewQueries;
  /** `undefined` where the file with the log's key is missing. */
  readonly checkpoints: CheckpointReads | undefined;
  close(): Promise<void>;
}
