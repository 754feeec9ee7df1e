/**
 * What can be asked of the views. Every list is keyset-paged: `before` is the position (or key) of the last row of the
 * previous page, exclusive; the answer's `next` is what to pass for the following page, or absent at the end.
 */
import type { Attachment, EventMetadata, SessionState, Severity, StoredEvent } from '@openclaw-gateway/events';

export type Page<Row> = {
  readonly rows: readonly Row[];
  readonly next?: number;
  readonly head: number;
  /** The time for a search was over before the page was full: `next` goes on where it ended. */
  readonly partial?: true;
};

/** A page in position order. Everything up to `scannedTo` was looked at; it is what to pass as `after` for the next page. */
export type ScannedRows<Row> = { readonly rows: readonly Row[]; readonly scannedTo: number; readonly partial?: true };

/** Ends a search whose answer nobody waits for any more. */
export type Cancellable = { readonly signal?: AbortSignal };

export type EventFilter = {
  /** Exact types, or `message.*` for a family. */
  readonly types?: readonly string[];
  readonly severities?: readonly Severity[];
  readonly channels?: readonly string[];
  readonly agentIds?: readonly string[];
  readonly sessionId?: string;
  /** All events of one message's flow. */
  readonly correlationId?: string;
  /** Milliseconds since 1970, inclusive from, exclusive to. */
  readonly fromTime?: number;
  readonly toTime?: number;
  /** In the query language (docs/query-language.md); an event must match it and the fields above. */
  readonly query?: string;
  /** What `now` and `-1h` in the query count from, in milliseconds since 1970; the present when absent. */
  readonly nowMs?: number;
};

export type EventRow = {
  readonly position: number;
  readonly time: number;
  readonly type: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly channel?: string;
  readonly agentId?: string;
  readonly sessionId?: string;
  readonly correlationId?: string;
  readonly actor?: string;
  /** How long what it tells of took. */
  readonly durationMs?: number;
};

/** One event with everything the drawer shows. Data over 64 KiB is cut and `dataTruncated` set. */
export type EventDetail = EventRow & {
  readonly id: string;
  readonly streamId: string;
  readonly version: number;
  readonly schemaVersion: number;
  readonly data: unknown;
  readonly dataTruncated: boolean;
  readonly metadata: EventMetadata;
  readonly hash: string;
  readonly previousHash: string;
  readonly previousInSession?: number;
  readonly nextInSession?: number;
};

export type PartSize = { readonly kind: 'text' | 'list' | 'object'; readonly total: number };
/**
 * `value` is a stretch of a text, or entries by name: texts cut, and `null` for what has entries itself. `larger` says of which there
 * is more. `total` counts characters or entries, `next` is where to go on.
 */
export type EventPart = {
  readonly kind: PartSize['kind'] | 'value';
  readonly total: number;
  readonly value: unknown;
  readonly next: number;
  readonly larger: Readonly<Record<string, PartSize>>;
};

export type Facets = {
  readonly type: readonly FacetValue[];
  readonly severity: readonly FacetValue[];
  readonly channel: readonly FacetValue[];
  readonly agent: readonly FacetValue[];
};
export type FacetValue = { readonly value: string; readonly count: number };

export type BreakdownField = 'type' | 'sev' | 'channel' | 'agent' | 'session' | 'actor' | 'tool' | 'model' | 'outcome' | 'config';
/** The most frequent values of a field, how many different ones there are, and how many events have one. */
export type FieldCounts = {
  readonly field: BreakdownField;
  readonly values: readonly FacetValue[];
  readonly different: number;
  readonly events: number;
};
/** What the newest events of a search have in common. `isWhole`: all of them were counted, so that the numbers are exact. */
export type Breakdown = {
  readonly fields: readonly FieldCounts[];
  readonly events: number;
  readonly isWhole: boolean;
  readonly bucketMs: number;
  readonly buckets: readonly HistogramBucket[];
};
/** `divergence` is between 0, spread as in the baseline, and 1, nothing in common. Shares are between 0 and 1. */
export type FieldDivergence = {
  readonly field: BreakdownField;
  readonly divergence: number;
  readonly values: readonly { readonly value: string; readonly share: number; readonly baseline: number }[];
};
export type Comparison = {
  readonly fields: readonly FieldDivergence[];
  readonly selected: { readonly events: number; readonly isWhole: boolean };
  readonly baseline: { readonly events: number; readonly isWhole: boolean };
};

/** What events are counted by: their severity, or the first word of their type. */
export type HistogramKey = 'severity' | 'family';
/** Events per bucket and key. `fromTime` is the bucket's start. */
export type HistogramBucket = { readonly fromTime: number; readonly counts: Readonly<Record<string, number>> };
export type Histogram = { readonly bucketMs: number; readonly buckets: readonly HistogramBucket[] };
/** A stretch of time, in milliseconds since 1970: inclusive from, exclusive to. */
export type TimeRange = { readonly fromTime: number; readonly toTime: number };
/** By severity where `by` is left out. */
export type HistogramRange = TimeRange & { readonly buckets: number; readonly by?: HistogramKey };

export type SessionRow = {
  readonly sessionId: string;
  readonly sessionKey: string;
  readonly title: string;
  readonly agentId: string;
  readonly channel: string;
  readonly account: string;
  readonly peerId: string;
  readonly openedAt: number;
  readonly lastTime: number;
  readonly lastPosition: number;
  readonly turns: number;
  readonly messages: number;
  readonly openMessages: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly lastOutcome: string;
};

/** The way of one message, for "why no reply?". Times in milliseconds since 1970. */
/** A file that came with a message or went out with its reply; `problem` says why it is not kept. */
export type JourneyFile = Pick<Attachment, 'id' | 'name' | 'mimeType' | 'size' | 'dangerous' | 'problem'>;

export type MessageJourney = {
  readonly messageId: string;
  readonly position: number;
  readonly channel: string;
  readonly senderId: string;
  readonly text: string;
  readonly sessionId?: string;
  readonly agentId?: string;
  readonly runId?: string;
  /** The client's own id, when it gave one. */
  readonly requestId?: string;
  readonly status:
    | 'received'
    | 'queued'
    | 'running'
    | 'delivering'
    | 'held'
    | 'delivered'
    | 'rejected'
    | 'dead_lettered'
    | 'no_reply'
    | 'merged'
    | 'discarded';
  readonly settled: boolean;
  readonly files?: readonly JourneyFile[];
  readonly reply?: string;
  readonly replyFiles?: readonly JourneyFile[];
  readonly problem?: { readonly code: string; readonly message: string };
  readonly receivedAt: number;
  readonly queuedAt?: number;
  readonly startedAt?: number;
  readonly answeredAt?: number;
  readonly settledAt?: number;
  readonly duplicates: number;
  readonly attempts: number;
};

export type ConfigVersion = {
  readonly position: number;
  readonly time: number;
  readonly type: 'config.changed' | 'config.rejected' | 'config.rolled_back' | 'config.proposed';
  readonly hash?: string;
  readonly actor?: string;
  readonly source: string;
  readonly summary: string;
  readonly data: unknown;
};

export type Overview = {
  readonly head: number;
  readonly headTime: number;
  /** Per minute over the last five. */
  readonly receivedPerMinute: number;
  readonly deliveredPerMinute: number;
  /** Over the newest 1,000 answered messages of the last hour. */
  readonly replyMs: { readonly p50?: number; readonly p95?: number; readonly sample: number };
  readonly errorsLastHour: number;
  readonly settledLastHour: number;
  /** Messages that were given up, of those that were settled. */
  readonly givenUpLastHour: number;
  readonly eventsLastDay: number;
  readonly unsettled: number;
  readonly oldestUnsettledAt?: number;
  readonly held: number;
  readonly deadLetteredLastDay: number;
  readonly rejectedLastDay: number;
  readonly sessions: number;
  readonly projections: readonly ProjectionHealth[];
};

/** The slowest answer of a conversation, and when it was given. */
export type SlowAnswer = {
  readonly sessionId: string;
  readonly messageId: string;
  readonly title: string;
  readonly agentId: string;
  readonly channel: string;
  readonly tookMs: number;
  readonly at: number;
};

/** Agents by what their models used in 24 hours, the slowest conversations of the newest 1,000 messages, and channels by their last hour. */
export type Activity = {
  readonly agents: readonly {
    readonly agentId: string;
    readonly answers: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly costUsd: number;
  }[];
  readonly slowest: readonly SlowAnswer[];
  readonly channels: readonly {
    readonly channel: string;
    readonly received: number;
    readonly delivered: number;
    readonly errors: number;
  }[];
};

/**
 * What came and went by an account in the last 24 hours, by hour, the oldest first; hours end at whole ten minutes. `failed`: attempts to
 * send that failed, and messages that were given up. The times are of the newest ever.
 */
export type Traffic = {
  readonly received: readonly number[];
  readonly delivered: readonly number[];
  readonly failed: readonly number[];
  readonly lastReceivedAt?: number;
  readonly lastDeliveredAt?: number;
};

export type ProjectionHealth = {
  readonly name: string;
  readonly version: number;
  readonly position: number;
  readonly lagEvents: number;
  readonly stoppedAt?: { readonly position: number; readonly message: string };
};

/** What is unfinished, one row a session, oldest first. */
export type UnsettledSession = { readonly sessionId: string; readonly firstPosition: number; readonly messages: number };

/** Messages that had come in and may not have ended, oldest first, and the number of sessions there were. */
export type OpenAt = { readonly messageIds: readonly string[]; readonly sessions: number };

/** Where an attachment is first referred to. */
export type AttachmentReference = {
  readonly id: string;
  readonly position: number;
  /** The name of its file in the attachments folder. */
  readonly file: string;
  readonly size: number;
  readonly sessionId?: string;
};

/** A file of the attachments folder that events refer to, and how many references there are. */
export type AttachmentFile = { readonly file: string; readonly size: number; readonly references: number };

/** A file that a person's events refer to; `needed` when others' do, too. */
export type SubjectFile = { readonly file: string; readonly size: number; readonly needed: boolean };

/** Reads over the views and the log, each answered by a worker thread. */
export interface ViewQueries {
  overview(nowMs: number): Promise<Overview>;
  /** At most `limit` agents and conversations. */
  activity(nowMs: number, limit: number): Promise<Activity>;
  traffic(of: { readonly channel: string; readonly account: string }, nowMs: number): Promise<Traffic>;
  /** The conversations that waited longest for an answer given in this time, of the last 1,000 messages before its end. */
  slowest(range: TimeRange, limit: number): Promise<readonly SlowAnswer[]>;
  /**
   * The newest first. Answers within two seconds with what was found until then. These three reject with `QUERY_INVALID`,
   * `QUERY_UNBOUNDED` when a large log would have to be read event by event, and `QUERY_CANCELLED`.
   */
  events(filter: EventFilter, page: { readonly before?: number; readonly limit: number } & Cancellable): Promise<Page<EventRow>>;
  /** Ascending, for `?after=` and the live tail. */
  eventsAfter(filter: EventFilter, page: { readonly after: number; readonly limit: number } & Cancellable): Promise<ScannedRows<EventRow>>;
  /** The same with all that the events hold, for exports. At most 1,000. */
  matching(filter: EventFilter, page: { readonly after: number; readonly limit: number } & Cancellable): Promise<ScannedRows<StoredEvent>>;
  event(position: number): Promise<EventDetail | undefined>;
  /** One branch of an event's data, or a stretch of a text in it, from `offset` on; `undefined` where there is none. */
  eventPart(position: number, path: readonly string[], offset: number): Promise<EventPart | undefined>;
  /** From counters, exact; `undefined` where the filter asks for more than they know. Rejects with `QUERY_INVALID`. */
  facets(range: TimeRange, filter: EventFilter): Promise<Facets | undefined>;
  /** The same. */
  histogram(range: HistogramRange, filter: EventFilter): Promise<Histogram | undefined>;
  /** Counts the newest events that match, at most `limit` and for as long as a search may take. Rejects as `events` does. */
  breakdown(filter: EventFilter, options: { readonly limit: number; readonly range?: HistogramRange } & Cancellable): Promise<Breakdown>;
  /** How the events of one search differ from those of another, field by field. */
  compare(selected: EventFilter, baseline: EventFilter, options: { readonly limit: number } & Cancellable): Promise<Comparison>;
  sessions(
    filter: {
      readonly agentId?: string;
      readonly channel?: string;
      readonly openOnly?: boolean;
      /** Only those whose keys begin with one of these. */
      readonly keyPrefixes?: readonly string[];
    },
    page: { readonly before?: number; readonly limit: number },
  ): Promise<Page<SessionRow>>;
  session(sessionId: string): Promise<SessionRow | undefined>;
  sessionByKey(sessionKey: string): Promise<SessionRow | undefined>;
  /** The fold of the session's stream, up to a position when given. */
  sessionState(sessionId: string, toPosition?: number): Promise<SessionState>;
  messages(
    filter: {
      readonly sessionId?: string;
      readonly settled?: boolean;
      readonly status?: MessageJourney['status'];
      /** These three with a rare status only: any but `delivered`. */
      readonly channel?: string;
      readonly account?: string;
      readonly hasReply?: boolean;
      /** Only those of conversations whose keys begin with one of these. */
      readonly keyPrefixes?: readonly string[];
    },
    page: { readonly before?: number; readonly limit: number },
  ): Promise<Page<MessageJourney>>;
  message(messageId: string): Promise<MessageJourney | undefined>;
  messageByRequestId(requestId: string): Promise<MessageJourney | undefined>;
  /** All events of a message's flow with their data, in order; at most 1,000. */
  messageEvents(messageId: string): Promise<readonly EventDetail[]>;
  unsettledSessions(page: { readonly after?: number; readonly limit: number }): Promise<readonly UnsettledSession[]>;
  /** What was unfinished at an earlier position; `limit` messages at most. */
  openAt(position: number, limit: number): Promise<OpenAt>;
  configHistory(page: { readonly before?: number; readonly limit: number }): Promise<Page<ConfigVersion>>;
  projections(): Promise<readonly ProjectionHealth[]>;
  attachment(id: string): Promise<AttachmentReference | undefined>;
  /** Every file that is referred to, by name; `after` is the last name of the page before. */
  attachmentFiles(page: { readonly after?: string; readonly limit: number }): Promise<readonly AttachmentFile[]>;
  attachmentsOf(subject: string): Promise<readonly SubjectFile[]>;
}
