/** What takes personal data and old bodies out of a state directory. The gateway decides when and of whom; this only does it. */

/** What the log holds of a person. */
export type SubjectTrace = {
  readonly subject: string;
  /** Events that belong to the person, and those of them in which something is sealed. */
  readonly events: number;
  readonly sealedEvents: number;
  readonly firstTime?: number;
  readonly lastTime?: number;
  readonly sessions: readonly { readonly sessionId: string; readonly events: number }[];
  /** Whether there is a key, without which nothing that is sealed can be read. */
  readonly hasKey: boolean;
};

/** What nothing is taken from. */
export type Kept = {
  /** Legal holds. */
  readonly heldSessions: readonly string[];
  readonly heldSubjects: readonly string[];
  /** Conversations in which a message is not finished: its events are still needed to finish it. */
  readonly unfinishedSessions: readonly string[];
};

/** Times in milliseconds since 1970: bodies of events that are older go. */
export type RetentionCutoffs = {
  readonly contentBefore: number;
  readonly debugBefore: number;
  /** Older bodies of any class are moved into segments. */
  readonly archiveBefore: number;
};

export type RetentionPlan = RetentionCutoffs & { readonly kept: Kept };

/** What a retention run does, or with a dry run would do. */
export type RetentionReport = {
  /** Bodies removed from the log, by class. */
  readonly content: number;
  readonly debug: number;
  /** Bodies removed from segments. */
  readonly archived: number;
  /** Bodies whose time was over but which a hold or an unfinished message kept. */
  readonly kept: number;
  /** Conversations of which something was removed; what is held of them in memory is out of date. */
  readonly sessions: readonly string[];
};

export type ArchivedSegment = {
  readonly file: string;
  readonly first: number;
  readonly last: number;
  readonly events: number;
  readonly sizeBytes: number;
  readonly sha256: string;
};

export type ArchiveReport = { readonly segments: readonly ArchivedSegment[]; readonly events: number };

export interface Retention {
  trace(subject: string): Promise<SubjectTrace>;
  /** Destroys a subject's key that was made until then. Resolves with whether there was one. */
  destroyKey(subject: string, madeUntil: number): Promise<boolean>;
  /**
   * Has every view forget what it holds of a person whose key is destroyed, and leaves no trace of it in the views' file; moves
   * the write-ahead logs into their files. Resolves with the conversations that the person is part of.
   */
  eraseViews(subject: string): Promise<readonly string[]>;
  /** Removes the bodies whose time is over, for good. With `dryRun` nothing is touched. */
  expire(plan: RetentionPlan, options?: { readonly dryRun?: boolean; readonly signal?: AbortSignal }): Promise<RetentionReport>;
  /** Moves the bodies of old events into segments. `onSegment` is told of each once it is complete. With `dryRun` nothing is touched. */
  archive(
    plan: RetentionPlan,
    options?: {
      readonly dryRun?: boolean;
      readonly signal?: AbortSignal;
      readonly onSegment?: (segment: ArchivedSegment) => Promise<void>;
    },
  ): Promise<ArchiveReport>;
}
