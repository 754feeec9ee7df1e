import type { EventLog, Store } from '@openclaw-gateway/db';
import { type Actor, type EventMetadata, type GatewayError, type Id, idFromBytes, type OpenMessage } from '@openclaw-gateway/events';
import type { ModelRequest, RouteQuestion, ToolContext, ToolSpec } from '@openclaw-gateway/sdk';
import type { Asked } from '../asked.ts';
import type { Attachments } from '../attachments/index.ts';
import type { Config } from '../config/index.ts';
import type { Logger } from '../operations/logs.ts';
import type { PairingGate } from '../pairing/index.ts';
import type { Outcome, Progress, Senders } from '../parts.ts';
import type { RiskClass } from '../tools/risk.ts';
import type { LiveMessages } from './live.ts';
import type { ProgressBoard } from './progress.ts';
import type { RouteRequest } from './route.ts';
import type { SessionCell, Sessions } from './sessions.ts';

/** What the pipeline needs of the models: a reference like `anthropic/claude`, and those that stand in for it, to what is asked. Throws MODEL_NOT_CONFIGURED. */
export interface Models {
  resolve(
    reference: string,
    standIns?: readonly string[],
  ): Promise<{ readonly provider: Asked; readonly providerName: string; readonly model: string }>;
}

/** What the pipeline needs of the tools. */
export interface Tools {
  specs(names: readonly string[]): readonly ToolSpec[];
  decide(call: {
    readonly agentId: string;
    readonly agentTools: readonly string[];
    readonly name: string;
    readonly args: unknown;
  }):
    | { readonly action: 'allow' | 'ask'; readonly rule: string; readonly reason: string; readonly risk?: RiskClass }
    | { readonly action: 'deny'; readonly rule: string; readonly error: GatewayError };
  run(name: string, args: unknown, context: ToolContext): Promise<unknown>;
}

/** Who people are, whatever they sign in with. */
export type People = {
  /** The one who answers for what an actor does, as an opaque id: the user, or who made the token. Nothing for who has not said who it is. */
  behind(actor: Actor): string | undefined;
  /** The same for a user by name. */
  named(userName: string): string | undefined;
};

export type PipelineDependencies = {
  readonly store: Store;
  readonly config: () => { readonly config: Config; readonly hash: string };
  readonly models: Models;
  readonly tools: Tools;
  readonly senders: Senders;
  readonly logger: Logger;
  readonly now: () => number;
  readonly random: () => number;
  /** What the routers of extensions say of a message. */
  readonly routers?: (question: RouteQuestion) => Promise<NonNullable<RouteRequest['routers']>>;
  /** Where the files of messages are kept; without it none are. */
  readonly attachments?: Attachments;
  /** Why no model may be asked for this agent and session: a budget is used up. */
  readonly budget?: (agentId: string, sessionId: string) => GatewayError | undefined;
  /** Takes the known secrets out of what is shown before it is in the log. */
  readonly redactor?: Store['redactor'];
  /** Lets those in whom an operator approved. Without it nobody is. */
  readonly pairing?: PairingGate;
  /** Who stands behind what an actor does. Without it each actor stands for itself. */
  readonly people?: People;
  /** Why no message is taken now, because of something outside the pipeline. */
  readonly refusal?: () => GatewayError | undefined;
};

/** What the steps share. */
export type PipelineContext = PipelineDependencies & {
  readonly log: EventLog;
  readonly sessions: Sessions;
  readonly progress: ProgressBoard;
  /** Runs under way, by message id, so that they can be cancelled. */
  readonly running: Map<string, AbortController>;
  /** Messages whose cancellation or change is being committed: they do not begin their run meanwhile. */
  readonly changing: Map<string, Promise<unknown>>;
  /** Deliveries whose attempt this process committed and whose result it still knows. */
  readonly attemptedHere: Set<string>;
  readonly wakeDelivery: (sessionId: string) => void;
  /** What the model is to be asked in runs whose start was committed together with their message and that have not begun yet. */
  readonly started: Map<string, ModelRequest>;
  /** How many messages of a conversation are being committed. */
  readonly arriving: Map<string, number>;
  /** Whether a run that is started now need not wait for others. */
  readonly hasFreeSlot: (claim: { readonly sender: string; readonly agentId: string }) => boolean;
  /** Messages that are accepted and neither ended nor held, with when they came in: what the queue limit counts. */
  readonly live: LiveMessages;
};

/** Why a run was stopped from outside where nobody asked for it: by its own time limit, or because the process ends and will resume it. */
export const STOP = { timeout: 'timeout', shutdown: 'shutdown' } as const;

/** Somebody asked for the run to stop, and this is what they gave as their reason. */
export class Cancellation {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The session that a key stands for. */
export function sessionIdOf(context: Pick<PipelineContext, 'store'>, sessionKey: string): string {
  return idFromBytes('session', context.store.pseudonym(sessionKey).subarray(0, 16));
}

/** Whom the personal data of a sender's messages belongs to: opaque, and the same for as long as the state directory lives. */
export function subjectOf({ pseudonym }: Pick<Store, 'pseudonym'>, channel: string, senderId: string): Id<'subject'> {
  return idFromBytes('subject', pseudonym(`subject:${channel}:${senderId}`).subarray(0, 16));
}

/** Tells everyone how a message ended, and with it those that were merged into it. */
export function settle(context: PipelineContext, cell: SessionCell, open: OpenMessage, outcome: Outcome): void {
  for (const ended of [open, ...open.joined]) {
    context.live.delete(ended.messageId);
    context.progress.publish({ ...identify(cell, ended), type: 'settled', outcome });
  }
}

/** Resolves when no change of the message is being committed. */
export async function unchanging({ changing }: Pick<PipelineContext, 'changing'>, messageId: string): Promise<void> {
  for (let change = changing.get(messageId); change; change = changing.get(messageId)) await change.catch(() => {});
}

/**
 * Commits a change of a message, one at a time: until it is durable the message's run does not begin, and no other change does.
 * `commit` looks at the message as the change before it left it.
 */
export async function changeAlone(
  { changing }: Pick<PipelineContext, 'changing'>,
  messageId: string,
  commit: () => Promise<void>,
): Promise<void> {
  // Not by `unchanging`: between its end and the caller's turn another change could begin.
  for (let other = changing.get(messageId); other; other = changing.get(messageId)) await other.catch(() => {});
  const change = commit();
  changing.set(messageId, change);
  try {
    await change;
  } finally {
    changing.delete(messageId);
  }
}

/** The message if it is still open. */
export function openMessage(cell: SessionCell, messageId: string): OpenMessage {
  const open = cell.state.open.get(messageId);
  if (!open) throw new Error(`message ${messageId} is not open in session ${cell.sessionId}`);
  return open;
}

export function metadataOf(cell: SessionCell, open: OpenMessage): EventMetadata {
  return {
    correlationId: open.messageId,
    sessionId: cell.sessionId,
    agentId: open.agentId,
    channel: open.received.channel,
    runId: open.runId,
    ...(open.subject === undefined ? {} : { subject: open.subject }),
  };
}

/** The part of a progress report that says which message it is about. */
export function identify(
  cell: SessionCell,
  open: OpenMessage,
): Pick<Progress, 'messageId' | 'runId' | 'sessionId' | 'sessionKey' | 'agentId' | 'requestId'> {
  const { requestId } = open.received;
  const identity = {
    messageId: open.messageId,
    runId: open.runId,
    sessionId: cell.sessionId,
    sessionKey: cell.state.sessionKey,
    agentId: open.agentId,
  };
  return requestId === undefined ? identity : { ...identity, requestId };
}
