/**
 * The gateway's parts as its doors see them. `gateway.ts` makes them, the doors (http, ws, trpc) only call them.
 * Types only: no logic may enter.
 */
import type { Store } from '@openclaw-gateway/db';
import type { Actor, ErrorBody, FirstYes, GatewayError, QueueMode } from '@openclaw-gateway/events';
import type {
  Amended,
  Amendment,
  ChannelAccount,
  ChannelAnswer,
  ChannelCall,
  ChannelCapabilities,
  ChannelFacts,
  Inbound,
  Outbound,
  ProbeStep,
  Received,
} from '@openclaw-gateway/sdk';
import type { Access } from './access/index.ts';
import type { Isolation } from './access/isolation.ts';
import type { Attachments } from './attachments/index.ts';
import type { Audit } from './audit/index.ts';
import type { Budgets } from './budgets/index.ts';
import type { SendTestMessage } from './channels/test-message.ts';
import type { ConfigStore } from './config/index.ts';
import type { ConfigTrials } from './config/trial.ts';
import type { AuditFeed, ExportJobs } from './export/index.ts';
import type { Extensions } from './extensions/index.ts';
import type { Floods } from './floods/index.ts';
import type { Membership } from './instances/membership.ts';
import type { LogCheck, ScheduledCheck, Witnesses } from './integrity/index.ts';
import type { Models } from './models/index.ts';
import type { Alerts } from './operations/alerts/index.ts';
import type { SafeMode } from './operations/boot-record.ts';
import type { Components } from './operations/components.ts';
import type { Doctor } from './operations/doctor/run.ts';
import type { LogLevelControl } from './operations/log-level.ts';
import type { Logger } from './operations/logs.ts';
import type { Memory } from './operations/memory.ts';
import type { MetricsExport } from './operations/metrics/export/index.ts';
import type { History } from './operations/metrics/history.ts';
import type { Remote } from './operations/remote.ts';
import type { Tls } from './operations/tls/index.ts';
import type { Traces } from './operations/traces/index.ts';
import type { Pairing } from './pairing/index.ts';
import type { MessagePriority } from './pipeline/binding.ts';
import type { RouteQuestion } from './pipeline/explain.ts';
import type { RouteCandidate, RouteRequest } from './pipeline/route.ts';
import type { PushPart } from './push/index.ts';
import type { Replays } from './replays/index.ts';
import type { DataControl } from './retention/data-control.ts';
import type { RetentionSchedule } from './retention/schedule.ts';
import type { SavedViewsPart } from './saved-views/index.ts';
import type { Schedules } from './schedules/index.ts';
import type { RegisteredTool, ToolDecider } from './tools/policy.ts';

export type Phase = 'starting' | 'ready' | 'stopping';

export type Parts = {
  readonly gatewayId: string;
  readonly version: string;
  /** Where configuration, token, logs and databases lie. */
  readonly stateDir: string;
  readonly startedAt: number;
  readonly phase: () => Phase;
  readonly config: ConfigStore;
  /** Changes of the configuration that are undone unless somebody confirms them. */
  readonly configTrials: Omit<ConfigTrials, 'resume' | 'close'>;
  readonly store: Store;
  /** Only where several instances share the log. */
  readonly membership?: Pick<Membership, 'refusal' | 'instances'> | undefined;
  readonly pipeline: Pipeline;
  readonly channels: Channels;
  readonly channelHolds: ChannelHolds;
  readonly testMessage: SendTestMessage;
  /** Who was let in by a code, and who waits for it. */
  readonly pairing: Omit<Pairing, 'load'>;
  /** Queries of the events that people gave a name. */
  readonly savedViews: Omit<SavedViewsPart, 'load'>;
  /** The browsers that are told of calls that wait. */
  readonly push: Omit<PushPart, 'load' | 'observe' | 'close'>;
  readonly access: Access;
  /** From which networks anybody may connect. */
  readonly isolation: Isolation;
  /** Who asks too much, and who is banned. */
  readonly floods: Floods;
  /** The certificate in force, and servers that show it. */
  readonly tls: Tls;
  /** Erasing, holding and retaining data. */
  readonly data: DataControl;
  /** When old data is looked for; nothing in safe mode. */
  readonly retentionSchedule: () => Pick<RetentionSchedule, 'nextRunAt'> | undefined;
  /** The files that came and went with messages. */
  readonly attachments: Attachments;
  /** Who looked, acted or was refused: every door records it here. */
  readonly audit: Audit;
  readonly exports: ExportJobs;
  /** The past run again. */
  readonly replays: Pick<
    Replays,
    | 'preview'
    | 'estimate'
    | 'start'
    | 'list'
    | 'get'
    | 'report'
    | 'changes'
    | 'turn'
    | 'follow'
    | 'cancel'
    | 'keep'
    | 'cases'
    | 'importBundle'
    | 'inspectBundle'
  >;
  /** The continuous export of the audit trail. */
  readonly auditFeed: AuditFeed;
  /** Where the log's checkpoints are published. */
  readonly witnesses: Witnesses;
  /** Checks of the log that people begin. */
  readonly logCheck: Omit<LogCheck, 'close'>;
  readonly scheduledCheck: Pick<ScheduledCheck, 'nextAt'>;
  /** How others reach the gateway over Tailscale. */
  readonly remote: Pick<Remote, 'status'>;
  readonly metricsExport: Pick<MetricsExport, 'status'>;
  /** The metrics of the last days. */
  readonly metricsHistory: Pick<History, 'leftOut'>;
  /** How each part of the gateway is, and since when. */
  readonly components: Pick<Components, 'list'>;
  readonly doctor: Doctor;
  readonly traces: Pick<Traces, 'status'>;
  /** What third parties add. */
  readonly extensions: Pick<Extensions, 'list' | 'add' | 'remove'>;
  /** The tools there are, and who may call them. */
  readonly tools: Pick<ToolDecider, 'standing'> & { readonly registry: () => readonly RegisteredTool[] };
  /** How the endpoints of models are. */
  readonly models: Pick<Models, 'endpoints'>;
  /** What may be used of models today. */
  readonly budgets: Pick<Budgets, 'list'>;
  readonly schedules: Pick<Schedules, 'list' | 'run'>;
  readonly alerts: Pick<Alerts, 'list' | 'silence' | 'unsilence'>;
  /** How near the process is to its limit, and what it does not take because of that. */
  readonly memory: Memory;
  readonly logger: Logger;
  readonly logLevel: LogLevelControl;
  /** Why it does nothing but show itself and be configured, where that is so. */
  readonly safeMode?: SafeMode;
  /** Stops the process in good order, and starts it again when asked. */
  readonly shutdown: (reason: string, options?: { readonly restart?: boolean }) => void;
};

/** A message at one of the doors, with who brought it. */
export type Submission = {
  readonly channel: string;
  readonly account: string;
  readonly inbound: Inbound;
  readonly caller: { readonly method: 'token' | 'session' | 'hmac' | 'channel' | 'schedule'; readonly actor: Actor };
  readonly sessionKey?: string;
  readonly agentId?: string;
  /** What becomes of it while an earlier message of the conversation is being answered; the configuration's when left out. */
  readonly queueMode?: QueueMode;
  /** The client's own id of the request. */
  readonly requestId?: string;
  /** The caller's span of W3C Trace Context. */
  readonly traceparent?: string;
  /** What routing saw when it was decided about first: a replay decides by the same. */
  readonly seen?: { readonly at: number; readonly openAgentId?: string; readonly routers?: RouteRequest['routers'] & {} };
  readonly system?: string;
  readonly history?: readonly { readonly role: 'user' | 'assistant'; readonly text: string }[];
};

/** How a message ended. `held`: the reply may have been sent already and waits for an operator. */
export type Outcome =
  | { readonly status: 'delivered'; readonly reply: string; readonly inputTokens: number; readonly outputTokens: number }
  | { readonly status: 'no_reply'; readonly reason: 'empty_answer' | 'aborted' }
  | { readonly status: 'dead_lettered' | 'rejected' | 'held'; readonly error: GatewayError };

/** What happens to a message while it runs. Not events: only `settled` is backed by the log. */
export type Progress = {
  readonly messageId: string;
  readonly runId: string;
  readonly sessionId: string;
  readonly sessionKey: string;
  readonly agentId: string;
  readonly requestId?: string;
} & (
  | { readonly type: 'queued' | 'started' }
  | { readonly type: 'delta'; readonly text: string }
  /** What was streamed so far does not count: the model is asked again, or it called tools. */
  | { readonly type: 'reset' }
  | { readonly type: 'tool'; readonly tool: string; readonly callId: string; readonly phase: 'start' | 'end'; readonly failed?: boolean }
  | { readonly type: 'settled'; readonly outcome: Outcome }
);

export type Activity = {
  readonly activeRuns: number;
  readonly waitingMessages: number;
  readonly openSessions: number;
  /** When the oldest message came in that has not ended. */
  readonly oldestMessageAt?: number;
};

/** A tool call that waits for a person. */
export type Approval = {
  /** What one names it by. */
  readonly code: string;
  readonly tool: string;
  readonly arguments: unknown;
  /** Why a person is asked. */
  readonly rule: string;
  readonly requestedAt: number;
  /** It is denied then. */
  readonly expiresAt: number;
  readonly callId: string;
  readonly runId: string;
  readonly messageId: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly channel: string;
  /** Present where two people have to say yes. */
  readonly people?: 2;
  /** The yes of the first of them. */
  readonly given?: Omit<FirstYes, 'person'>;
};

export type Verdict = 'approve' | 'deny';

/** A call that somebody said yes or no to, and what comes of it: `waits` for the yes of a second person. */
export type DecidedApproval = Approval & { readonly outcome: 'runs' | 'waits' | 'denied' };

/** What a service said of a reply that it had taken. `isPart`: the reply was sent as several messages, of which others may have arrived. */
export type Undelivered = {
  readonly messageId: string;
  readonly deliveryId: string;
  readonly error: GatewayError;
  readonly isPart?: boolean;
};

export interface Pipeline {
  /** Commits the message and its admission and routing, then resolves. Throws OVERLOADED, LOG_*, DISK_LOW, IDEMPOTENCY_MISMATCH, SHUTTING_DOWN. */
  receive(submission: Submission): Promise<Received & { readonly runId: string }>;
  /** Commits what its sender did to an earlier message, then resolves. Throws LOG_*, DISK_LOW, BODY_TOO_LARGE, SHUTTING_DOWN. */
  amend(request: { readonly channel: string; readonly account: string; readonly amendment: Amendment }): Promise<Amended>;
  /** Takes a reply back that did not arrive after all: it is sent again, or given up. Resolves once that is durable. Throws CHANNEL_UNAVAILABLE, LOG_*. */
  undelivered(report: Undelivered): Promise<void>;
  /** Calls back on everything that happens to this message from now on. Returns the unsubscribe function. */
  follow(messageId: string, listener: (progress: Progress) => void): () => void;
  /** The same for all messages. `listens` says whether deltas of a session would reach anyone just now; models need not stream to nobody. */
  followAll(listener: (progress: Progress) => void, listens?: (sessionId: string) => boolean): () => void;
  /** Resolves with how the message ended, also when it ended long ago. Throws DEADLINE_EXCEEDED, MESSAGE_NOT_FOUND. */
  outcome(messageId: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<Outcome>;
  /**
   * Cancels what runs or waits. Returns the ids of the messages that were cancelled. `reason` is a short name such as
   * `chat.abort`, at most 128 characters: the log keeps it with a run that had begun.
   */
  abort(target: { readonly sessionId: string; readonly messageId?: string }, reason: string): Promise<readonly string[]>;
  /** The tool calls that wait for a person, the oldest first. */
  approvals(): readonly Approval[];
  /**
   * Decides about one, which is recorded with who did and why; `session` allows the tool for the rest of the conversation, `always`
   * is the first yes of two to a rule for such calls. Throws APPROVAL_NOT_FOUND when none waits under this code, and where two
   * people have to say yes APPROVAL_SAME_PERSON, APPROVAL_PERSON_UNKNOWN and APPROVAL_RULE_NEEDS_TWO.
   */
  decideApproval(
    code: string,
    verdict: Verdict,
    by: { readonly actor: Actor; readonly reason?: string; readonly lasting?: 'session' | 'always' },
  ): Promise<DecidedApproval>;
  /** Why a yes of this actor would not count now, or why he may not have a rule written for such calls; nothing when it does. */
  approvalRefusal(code: string, actor: Actor, wish: 'once' | 'rule'): GatewayError | undefined;
  /**
   * Lets a conversation out of quarantine and runs what waits in it; with `forget` the model is no longer shown what was said before.
   * Resolves with whether it was in quarantine.
   */
  release(sessionId: string, options: { readonly actor: Actor; readonly forget: boolean }): Promise<boolean>;
  /** Ends a conversation: a model is not shown again what was said, and the next message begins afresh. What runs is finished. */
  close(sessionId: string, by: { readonly actor: Actor; readonly reason: string }): Promise<void>;
  /** Keeps what somebody wrote about a conversation, or about one event of it. */
  note(sessionId: string, note: { readonly actor: Actor; readonly text: string; readonly about?: number }): Promise<void>;
  /** The session a key means: the canonical key and its id, whether it exists or not. */
  resolveSession(
    sessionKey: string,
    agentId?: string,
  ): { readonly sessionId: string; readonly sessionKey: string; readonly agentId: string };
  /** How a message would be decided about. Only reads. */
  explain(question: RouteQuestion): Promise<Explanation>;
  /** Has a reply sent again that was given up. Throws MESSAGE_NOT_FOUND, DEAD_LETTER_NOT_FOUND. */
  resubmit(
    messageId: string,
    actor: Actor,
  ): Promise<{ readonly messageId: string; readonly deliveryId: string; readonly repeated: boolean }>;
  /** Leaves it unsent for good. Throws the same. */
  discard(messageId: string, actor: Actor, reason?: string): Promise<{ readonly messageId: string }>;
  /** How many messages of an account are accepted and not ended. */
  openOn(channel: string, account: string): number;
  activity(): Activity;
}

/** `stopped`: not enabled, or the gateway stops. `degraded`: connected, and something is wrong all the same. */
export type ChannelStateName = 'connecting' | 'connected' | 'degraded' | 'disconnected' | 'paused' | 'draining' | 'stopped';

export type ChannelStatus = {
  readonly channel: string;
  readonly account: string;
  readonly enabled: boolean;
  readonly state?: ChannelStateName;
  readonly connected: boolean;
  readonly since?: number;
  readonly identity?: string;
  readonly lastInboundAt?: number;
  readonly lastOutboundAt?: number;
  /** Messages that came by it and are not ended. */
  readonly queue?: number;
  /** Since when its service takes the token that it has. */
  readonly tokenSince?: number;
  readonly facts?: ChannelFacts;
  readonly error?: GatewayError;
};

export interface ChannelHolds {
  /** Pauses, drains or resumes an account, or all of a channel; it holds over restarts. Throws CHANNEL_NOT_FOUND. */
  hold(
    what: 'pause' | 'drain' | 'resume',
    whom: { readonly channel: string; readonly account?: string },
    actor: Actor,
  ): Promise<readonly ChannelStatus[]>;
}

/** What a probe tells while it goes on: a step that was taken, and how an account is. */
export type ProbeUpdate =
  | { readonly kind: 'step'; readonly channel: string; readonly account: string; readonly step: ProbeStep }
  | { readonly kind: 'done'; readonly channel: string; readonly account: string; readonly ok: boolean };

export interface Channels {
  status(): readonly ChannelStatus[];
  /**
   * Gives an account what its service calls it with. Throws NOT_FOUND where no running account takes calls, CHANNEL_UNAVAILABLE while
   * it is starting, and what the adapter throws.
   */
  webhook(channel: string, account: string, call: ChannelCall): Promise<ChannelAnswer>;
  /** Really talks to each service; `onUpdate` hears of each step and each account as it goes on. Throws CHANNEL_NOT_FOUND. */
  probe(
    channel?: string,
    options?: { readonly account?: string; readonly onUpdate?: (update: ProbeUpdate) => void },
  ): Promise<readonly { readonly channel: string; readonly account: string; readonly ok: boolean; readonly steps: readonly ProbeStep[] }[]>;
}

/** What the pipeline needs of the channels. */
export interface Senders {
  capabilities(channel: string): ChannelCapabilities;
  /** Whether nothing can be sent by the account for now. What is to be sent waits, and no attempt is counted. */
  isHeld?(channel: string, account: string): boolean;
  send(channel: string, account: string, outbound: Outbound, signal: AbortSignal): Promise<{ readonly providerMessageId?: string }>;
  /** How an account shows that an answer is being written; nothing where it cannot. */
  readonly typing?: (channel: string, account: string) => ChannelAccount['typing'];
}

/** How a message would be decided about. */
export type Explanation = {
  readonly admission: { readonly allowed: boolean; readonly rule: string; readonly reason: string };
  readonly candidates: readonly RouteCandidate[];
  readonly evaluatorVersion: number;
  readonly configHash: string;
  readonly result:
    | {
        readonly agentId: string;
        readonly rule: string;
        readonly model: string;
        readonly sessionId: string;
        readonly sessionKey: string;
        readonly sessionKeyRule: string;
        /** Whether there is such a conversation already. */
        readonly isOpen: boolean;
        readonly messagePriority: MessagePriority;
      }
    | { readonly agentId?: undefined; readonly error: ErrorBody };
};
