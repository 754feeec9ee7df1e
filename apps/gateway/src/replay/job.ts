/**
 * Replay: running the recorded past again, in a process that has no channel, no credential and no way out. This room holds
 * what runs in that process, and the two ends of the wire to it. What it may import is ruled in scripts/imports: no channel,
 * no model provider, no tool, no door, no database. Results are reports; nothing is ever written to a log.
 */
import type { StoredEvent } from '@openclaw-gateway/events';
import type { PatchOperation } from '@openclaw-gateway/events/json-patch';
import type { ModelChunk, ModelRequest } from '@openclaw-gateway/sdk';
import type { Config } from '../config/index.ts';
import type { KnownTool } from '../tools/policy.ts';

export type ConfigDocument = Readonly<Record<string, unknown>>;

/** A configuration that came into force at a position. `document` is missing where an older gateway kept the hash alone. */
export type RecordedConfig = { readonly position: number; readonly hash: string; readonly document?: ConfigDocument };

/** All that a session's replay needs of the past. */
export type Recording = {
  readonly sessionId: string;
  readonly sessionKey: string;
  readonly events: readonly StoredEvent[];
  readonly configs: readonly RecordedConfig[];
  /** Texts were masked, so that the hashes of requests cannot be the recorded ones. */
  readonly masked: boolean;
};

/** What a replay does otherwise than the recording. */
export type Change = {
  readonly document?: ConfigDocument;
  /** The agent that takes every message. */
  readonly agentId?: string;
  readonly systemPrompt?: string;
  readonly model?: string;
  readonly tools?: readonly string[];
  /** A routing rule, after all others or in place of one, from 0. */
  readonly rule?: { readonly binding: Config['bindings'][number]; readonly replace?: number };
  /** What calls of a tool give, by its name; `*` for all others. The recorded result where nothing is said. */
  readonly toolAnswers?: Readonly<Record<string, ToolAnswer>>;
  /** A call that the recording has no result for ends the run of its message, or gives the model an error. `fail` when left out. */
  readonly onMiss?: OnMiss;
};

export const ON_MISS = ['fail', 'deny'] as const;
export type OnMiss = (typeof ON_MISS)[number];

/** `history`: what is recorded. `static`: always this. `deny`: the call is denied, as the policy of tools would. Never the tool itself. */
export type ToolAnswer = { readonly kind: 'history' | 'deny' } | { readonly kind: 'static'; readonly result: unknown };

export type SessionJob = {
  readonly kind: 'session';
  readonly recording: Recording;
  /** The tools as a model is told of them; none of them can be run. */
  readonly tools: readonly KnownTool[];
  readonly change?: Change;
  /** The answers of the changed run come from the model, over the wire to the process that started this one. */
  readonly live: boolean;
  /** How often a live run is made, to see how much its answers differ; once when left out. */
  readonly runs?: number;
  /** Whether the report has every message. */
  readonly detailed?: boolean;
};

export type Method = 'token' | 'session' | 'hmac' | 'channel' | 'schedule';

/** What was decided about a message, then or now. */
export type Decision = {
  readonly allowed: boolean;
  /** The rule of admission, and of routing where it came to that. */
  readonly rule: string;
  readonly reason: string;
  readonly route?: { readonly agentId: string; readonly rule: string; readonly model: string; readonly sessionKey?: string };
};

/** A message with what it was decided by. */
export type RecordedDecision = {
  readonly position: number;
  readonly time: number;
  readonly messageId: string;
  readonly channel: string;
  readonly account: string;
  readonly senderId: string;
  readonly peer: { readonly kind: 'direct' | 'group' | 'channel' | 'thread'; readonly id: string };
  readonly parent?: string;
  readonly mentioned?: boolean;
  /** The sender had been let in by pairing. */
  readonly paired?: boolean;
  readonly parentKind?: 'group' | 'channel';
  readonly roles?: readonly string[];
  readonly text?: string;
  /** When it was decided, in milliseconds since 1970, where that is recorded. */
  readonly at?: number;
  readonly agentId?: string;
  readonly sessionKey?: string;
  readonly method: Method;
  /** The agent that the conversation had been given to, as routing saw it. */
  readonly historyAgentId?: string;
  /** The agent that the peer talked with because of an earlier text, as routing saw it. */
  readonly openAgentId?: string;
  /** What routers of extensions said. */
  readonly routers?: readonly { readonly rule: string; readonly agentId?: string; readonly reason: string }[];
  readonly configHash?: string;
  readonly outcome: Decision;
};

/** The messages come one batch after the other, over the wire. */
export type DecisionsJob = {
  readonly kind: 'decisions';
  readonly configs: readonly RecordedConfig[];
  readonly candidate: ConfigDocument;
};

export type Verdict = 'identical' | 'route changed' | 'stricter' | 'looser';

export type DecisionChange = {
  readonly verdict: Exclude<Verdict, 'identical'>;
  readonly position: number;
  readonly messageId: string;
  readonly channel: string;
  readonly before: Decision;
  readonly after: Decision;
};

export type DecisionsSummary = {
  readonly messages: number;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Messages whose recorded configuration does not give the recorded decision, so that nothing is said of them; the first 100. */
  readonly unfaithful: readonly { readonly position: number; readonly recorded: Decision; readonly replayed: Decision }[];
  /** How many of these there are. */
  readonly unfaithfulCount: number;
  /** Messages whose configuration the log does not have; they are compared with what was recorded. */
  readonly withoutConfig: number;
};

/** With what would be otherwise: looser first, then stricter, then other routes; within each the newest first. */
export type DecisionsReport = DecisionsSummary & { readonly changes: readonly DecisionChange[] };

export type Divergence = {
  /** Which message of the recording, from 1. */
  readonly message: number;
  readonly messageId: string;
  /** Where the recording has the event; absent where it has no event there. */
  readonly position?: number;
  readonly recorded?: { readonly type: string; readonly data: unknown };
  readonly replayed?: { readonly type: string; readonly data: unknown };
  /** What makes the replayed event of the recorded one. */
  readonly patch: readonly PatchOperation[];
  /** The same for what the model was asked, where that is what differs. */
  readonly requestPatch?: readonly PatchOperation[];
};

export type Comparison = {
  readonly faithful: boolean;
  readonly messages: { readonly identical: number; readonly different: number; readonly skipped: number };
  readonly events: number;
  /** SHA-256 over the events of the recording and of the replay, without ids, times and durations; equal when faithful. */
  readonly recordedDigest: string;
  readonly replayedDigest: string;
  /** The first divergence of each message, in their order; at most 50. */
  readonly divergences: readonly Divergence[];
  /** Effects that were asked for and that the recording does not have. */
  readonly misses: number;
};

/** What became of one message otherwise than it did, the worst of it. `asked otherwise`: only what the model was asked differs. */
export type TurnVerdict =
  | 'looser'
  | 'stricter'
  | 'error'
  | 'new effect'
  | 'route changed'
  | 'text changed'
  | 'asked otherwise'
  | 'identical';

/** What came of a message, then or now. */
export type TurnSide = {
  readonly reply?: string;
  readonly agentId?: string;
  readonly model?: string;
  readonly rule?: string;
  /** The tool calls that were asked for, with their arguments. */
  readonly effects: readonly string[];
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, of the answers whose model has a price. */
  readonly costUsd: number;
  /** Answers of which nobody knows what they cost. */
  readonly unpriced: number;
  readonly modelMs: number;
  readonly failed: boolean;
};

export type ShownEvent = { readonly type: string; readonly summary: string; readonly severity: string; readonly data: unknown };

/** An event of the recording beside the one of the replay that takes its place; `patch` makes the second of the first. */
export type AlignedEvent = {
  readonly recorded?: ShownEvent;
  readonly replayed?: ShownEvent;
  readonly patch: readonly PatchOperation[];
  /** Where the recording has its event. */
  readonly position?: number;
  /** Of one that differs: the places in this list of what led to it, from the message on. */
  readonly causes?: readonly number[];
};

/** One message then and now. */
export type TurnComparison = {
  /** Which message of the recording, from 1. */
  readonly message: number;
  readonly messageId: string;
  readonly position: number;
  readonly text: string;
  readonly verdict: TurnVerdict;
  readonly recorded: TurnSide;
  readonly replayed: TurnSide;
  /** Effects that were asked for and that the recording does not have. */
  readonly missed: readonly string[];
  readonly events: readonly AlignedEvent[];
  /** Of several runs the one that is shown, from 1: the first with the worst verdict. */
  readonly run?: number;
  readonly spread?: TurnSpread;
};

/** The least, the middle and the most of some numbers; of an even number of them the middle is the mean of two. */
export type Span = { readonly min: number; readonly median: number; readonly max: number };

/** How much the live runs of one message differ. */
export type TurnSpread = {
  /** How many runs came this far. */
  readonly runs: number;
  readonly distinctAnswers: number;
  /** The answers that were given, the most frequent first, each with its runs, from 1. No text: no reply. */
  readonly answers: readonly { readonly text?: string; readonly runs: readonly number[] }[];
  readonly verdicts: Readonly<Partial<Record<TurnVerdict, number>>>;
  /** In both directions. */
  readonly tokens: Span;
  /** US dollars; missing where a model has no price. */
  readonly costUsd?: Span;
};

/** How several live runs of a session went. */
export type LiveRuns = {
  readonly wanted: number;
  /** Those that came to their end. */
  readonly completed: number;
  /** Where the budget ended them: in which run, before which message of how many, and what was spent. */
  readonly stopped?: { readonly run: number; readonly message: number; readonly of: number; readonly reason: string };
  /** Somebody cancelled the rest. */
  readonly cancelled?: true;
  /** Of whole runs; missing while there is none. */
  readonly tokens?: Span;
  /** The same in US dollars; missing, too, where a model has no price. */
  readonly costUsd?: Span;
};

/** `costUsd` is missing where a model that was asked has no price. */
export type LiveUse = { readonly requests: number; readonly tokens: number; readonly costUsd?: number };

export type SessionReport = {
  readonly sessionId: string;
  readonly baseline: Comparison;
  /** Missing where nothing was changed and no model asked, or the baseline is not faithful. Of several runs, the first. */
  readonly changed?: Comparison;
  readonly live?: LiveUse;
  readonly runs?: LiveRuns;
  /** Each message of the last run that was made, where the job asks for it; at most 500. */
  readonly turns?: readonly TurnComparison[];
  /** Tools that the recording names and nobody here knows: what a model was told of them is not compared. */
  readonly unknownTools: readonly string[];
};

export type Job = SessionJob | DecisionsJob;
export type ReportOf<J extends Job> = J extends SessionJob ? SessionReport : DecisionsSummary;

/** How far a replay is: so many messages of so many, of which run. */
export type Progress = {
  readonly run: 'baseline' | 'changed' | 'decisions';
  readonly done: number;
  readonly total: number;
  /** Of several live runs, the one that goes on, from 1. */
  readonly nth?: number;
};

/** What goes over the wire. */
export type ToSandbox =
  | { readonly kind: 'job'; readonly job: Job }
  /** The next batch of messages; an empty one is the end. */
  | { readonly kind: 'messages'; readonly messages: readonly RecordedDecision[] }
  | { readonly kind: 'chunk'; readonly id: number; readonly chunk: ModelChunk }
  | { readonly kind: 'model failed'; readonly id: number; readonly error: { readonly code: string; readonly message: string } };
export type FromSandbox =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'progress' } & Progress)
  | { readonly kind: 'ask'; readonly id: number; readonly reference: string; readonly request: ModelRequest }
  /** What whole runs gave, while others go on. */
  | { readonly kind: 'interim'; readonly report: SessionReport }
  /** What became of the last batch; the next one is wanted. */
  | { readonly kind: 'more'; readonly changes: readonly DecisionChange[] }
  | { readonly kind: 'report'; readonly report: SessionReport | DecisionsSummary }
  | { readonly kind: 'failed'; readonly error: { readonly code: string; readonly message: string } };
