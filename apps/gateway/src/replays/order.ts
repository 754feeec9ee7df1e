import type { Actor, ErrorBody } from '@openclaw-gateway/events';
import type { DecisionsSummary, OnMiss, Progress, SessionReport, ToolAnswer, TurnVerdict, Verdict } from '../replay/job.ts';
import type { ImaginedMessage } from './imagined.ts';
import type { Projections } from './projections.ts';
import type { WrittenRule } from './rule.ts';

/** What of the past is run again. */
export type ReplaySource =
  | { readonly kind: 'session'; readonly sessionId: string; readonly toPosition?: number | undefined }
  /** The newest messages whose arrival matches. */
  | { readonly kind: 'query'; readonly query: string; readonly last: number }
  | { readonly kind: 'bundle'; readonly bundleId: string }
  /** A message that nobody sent. */
  | { readonly kind: 'message'; readonly message: ImaginedMessage }
  /** The whole log. */
  | { readonly kind: 'log' };

export const REPLAY_LEVELS = ['projections', 'decisions', 'effects', 'live'] as const;
export type ReplayLevel = (typeof REPLAY_LEVELS)[number];

/** What a run does otherwise than it was. Nothing of it: the recording has to come out. */
export type ReplayChange = {
  /** `current`, or the text of a configuration; that which was in force when left out. */
  readonly config?: string | undefined;
  /** A routing rule, added or in place of one. */
  readonly rule?: WrittenRule | undefined;
  readonly agentId?: string | undefined;
  readonly model?: string | undefined;
  readonly systemPrompt?: string | undefined;
  readonly tools?: readonly string[] | undefined;
  readonly toolAnswers?: Readonly<Record<string, ToolAnswer>> | undefined;
  readonly onMiss?: OnMiss | undefined;
};

/** What all live runs together may use; `costUsd` needs models that have a price. */
export type ReplayBudget = { readonly tokens: number; readonly requests: number; readonly costUsd?: number | undefined };

/** How often a live run may be made. */
export const MAX_RUNS = 10;

export type ReplayOrder = {
  readonly source: ReplaySource;
  readonly level: ReplayLevel;
  readonly change: ReplayChange;
  readonly budget?: ReplayBudget | undefined;
  /** How often a live run is made, 1 to 10; once when left out. */
  readonly runs?: number | undefined;
};

/** What is run again: how much, from where to where, and a hash by which two runs of the same can be known. */
export type ReplayRange = {
  readonly messages: number;
  readonly events: number;
  readonly first: number;
  readonly last: number;
  readonly hash: string;
};

export type ReplayOutcome = {
  /** Whether the unchanged run gave the recording; without it nothing is said of the change. */
  readonly faithful: boolean;
  /** Every verdict that was met, with how often. */
  readonly counts: Readonly<Partial<Record<TurnVerdict | Verdict | 'unfaithful', number>>>;
  /** Of the run that was made last: equal for equal runs. */
  readonly digest?: string;
};

export type ReplayRun = ReplayOrder & {
  readonly id: string;
  readonly state: 'running' | 'completed' | 'cancelled' | 'failed';
  readonly createdBy: Actor;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly progress?: Progress | { readonly run: 'collecting' };
  readonly range?: ReplayRange;
  readonly outcome?: ReplayOutcome;
  readonly error?: ErrorBody;
};

export type ReplayReport =
  | ({ readonly kind: 'session' } & SessionReport)
  /** What would be otherwise is in files of its own; `listed` of it. */
  | ({ readonly kind: 'decisions'; readonly listed: number; readonly digest: string } & DecisionsSummary)
  | { readonly kind: 'projections'; readonly projections: Projections };

/** A run that has to come out the same from now on. */
export type ReplayCase = {
  readonly name: string;
  readonly keptAt: number;
  readonly keptBy: Actor;
  readonly order: ReplayOrder;
  readonly digest: string;
  readonly counts: ReplayOutcome['counts'];
};
