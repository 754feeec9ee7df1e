/**
 * The way of a message: receive → admit → route → run → deliver, each step an event in the log.
 * Doors and channels hand messages in here; models, tools and channels are called from here and nowhere else.
 */

import type { MessageJourney } from '@openclaw-gateway/db';
import {
  type Actor,
  DeliveryRequested,
  type EventMetadata,
  GatewayError,
  MessageMerged,
  ModelResponded,
  type NewEvent,
  SessionClosed,
  SessionCompacted,
  SessionNoted,
  SessionReleased,
  type SessionState,
} from '@openclaw-gateway/events';
import type { Outcome, Pipeline, Submission } from '../parts.ts';
import { agentSettings } from './agent.ts';
import { amendMessage } from './amend.ts';
import { approvalRefusal, decideApproval, listApprovals } from './approvals.ts';
import type { MessagePriority } from './binding.ts';
import { Cancellation, changeAlone, type PipelineContext, type PipelineDependencies, STOP, sessionIdOf } from './context.ts';
import { discard, resubmit } from './dead-letters.ts';
import { deliverDue } from './deliver.ts';
import { explainRoute } from './explain.ts';
import { LiveMessages } from './live.ts';
import { nextRun } from './next.ts';
import { ProgressBoard } from './progress.ts';
import { interrupted } from './queue.ts';
import { receiveMessage } from './receive.ts';
import { route } from './route.ts';
import { routeConfigOf } from './route-inputs.ts';
import { recordCancelled, runMessage } from './run.ts';
import { Scheduler } from './scheduler.ts';
import { type SessionCell, Sessions } from './sessions.ts';
import { turnstile } from './turnstile.ts';
import { takeBack } from './undelivered.ts';
import type { Claim } from './waiting-line.ts';

const MAX_DELIVERIES = 200;
/** Of the queue. */
const MOST_OF_ONE_ACCOUNT = 0.75;
const VIEWS_TIMEOUT_MS = 5000;
const RECOVERY_PAGE = 100;

/** What was unfinished when the process started. */
export type Recovery = { readonly unsettledMessages: number; readonly interruptedTools: number; readonly uncertainDeliveries: number };

export type RunningPipeline = Pipeline & {
  /** Takes no message and runs none: each is refused with this error. What is unfinished stays so. Called before `recover`, in its place. */
  readonly hold: (error: GatewayError) => void;
  /** Takes up everything unfinished. Messages are taken from the moment it resolves. */
  readonly recover: () => Promise<Recovery>;
  /** Cancels what a person still waits for and what is still to be sent to them, before their data is erased. */
  readonly giveUp: (subject: string, sessionIds: readonly string[]) => Promise<void>;
  /** Reads these conversations again before they go on: data of theirs left the log. */
  readonly forget: (sessionIds: readonly string[]) => void;
  /** Puts conversations out of memory that nobody has asked for in this time, in milliseconds. Their next message reads them again. */
  readonly dropIdle: (idleMs: number) => void;
  /** Looks again how many may run: the limit was changed. */
  readonly limitChanged: () => void;
  /** What it holds in memory. */
  readonly holders: () => readonly { readonly name: string; readonly count: number; readonly bytes: number }[];
  /** Takes no more messages and waits for what runs; after `drainMs` it is cut short and goes on at the next start. */
  readonly stop: (drainMs: number) => Promise<void>;
};

/**
 * Makes the pipeline. `fatal` is called when a conversation could not go on because the log did not take what it did:
 * the process must end, and reads the truth on its next start.
 */
export function createPipeline(dependencies: PipelineDependencies, fatal: (error: GatewayError) => void): RunningPipeline {
  const sessions = new Sessions(dependencies.store.log, dependencies.store.pipeline);
  const progress = new ProgressBoard();
  let phase: 'starting' | 'ready' | 'stopping' = 'starting';
  let held: GatewayError | undefined;
  let arriving = 0;
  const live = new LiveMessages();
  const { promise: recovered, resolve: takeMessages } = Promise.withResolvers<void>();

  const failed = (sessionId: string, thrown: unknown): void => {
    if (phase === 'stopping') return;
    if (thrown instanceof GatewayError && thrown.code.startsWith('LOG_')) fatal(thrown);
    else dependencies.logger.error({ err: thrown, sessionId }, 'a session could not go on');
  };
  const deliveries = new Scheduler({
    work: (sessionId) => deliverDue(context, sessionId),
    limit: () => MAX_DELIVERIES,
    failed,
    now: dependencies.now,
  });
  const runs = new Scheduler({
    work: (sessionId) => runNext(context, sessionId),
    limit: () => dependencies.config().config.gateway.sessions.maxConcurrent,
    failed,
    now: dependencies.now,
    claim: (sessionId) => claimOf(sessionId, sessions.peek(sessionId)),
    limitOf: (agentId) => agentSettings(dependencies.config().config, agentId).maxConcurrent ?? Number.POSITIVE_INFINITY,
  });
  const context: PipelineContext = {
    ...dependencies,
    log: dependencies.store.log,
    sessions,
    progress,
    running: new Map(),
    changing: new Map(),
    attemptedHere: new Set(),
    wakeDelivery: (sessionId) => deliveries.wake(sessionId),
    started: new Map(),
    arriving: new Map(),
    hasFreeSlot: (claim) => runs.hasPlace(claim, context.started.size + context.arriving.size),
    live,
  };

  return {
    hold(error) {
      held = error;
      takeMessages();
    },
    async receive(submission: Submission) {
      if (submission.caller.method === 'channel') await recovered;
      if (held) throw held;
      refuseWhenBusy(phase, live.size + arriving, dependencies);
      refuseWhenTooMuch(submission, live, dependencies);
      const refusal = dependencies.refusal?.();
      if (refusal) throw refusal;
      refuseWhenLong(submission.inbound.text, dependencies);
      arriving += 1;
      try {
        await turnstile();
        const receipt = await receiveMessage(context, submission);
        if (receipt.status !== 'accepted' || receipt.duplicate) return receipt;
        await giveWay(context, receipt.sessionId);
        runs.wake(receipt.sessionId);
        return receipt;
      } finally {
        arriving -= 1;
      }
    },
    async amend(request) {
      await recovered;
      if (held) throw held;
      if (phase === 'stopping') throw new GatewayError('SHUTTING_DOWN');
      const { amendment } = request;
      if (amendment.kind === 'edited') refuseWhenLong(amendment.text, dependencies);
      const { amended, sessionId } = await amendMessage(context, request);
      if (sessionId !== undefined) runs.wake(sessionId);
      return amended;
    },
    async undelivered(report) {
      await recovered;
      if (held) throw held;
      const sessionId = await takeBack(context, report);
      if (sessionId !== undefined) deliveries.wake(sessionId);
    },
    follow: (messageId, listener) => progress.follow(messageId, listener),
    followAll: (listener, listens = () => true) => progress.followAll(listener, listens),
    outcome: (messageId, options) => outcomeOf(context, messageId, options),
    async abort(target, reason) {
      const cancelled = await abort(context, target, reason);
      runs.wake(target.sessionId);
      return cancelled;
    },
    approvals: () => listApprovals(context),
    async decideApproval(code, verdict, by) {
      const approval = await decideApproval(context, code, verdict, by);
      if (approval.outcome === 'waits') deliveries.wake(approval.sessionId);
      else runs.wake(approval.sessionId);
      return approval;
    },
    approvalRefusal: (code, actor, wish) => approvalRefusal(context, code, actor, wish),
    async giveUp(subject, sessionIds) {
      for (const sessionId of sessionIds) {
        const { state } = await sessions.load(sessionId);
        for (const open of state.open.values()) {
          if (open.subject === subject) await abort(context, { sessionId, messageId: open.messageId }, 'erased');
        }
        runs.wake(sessionId);
      }
    },
    async release(sessionId, { actor, forget }) {
      const cell = await sessions.load(sessionId);
      if (!cell.state.quarantine) return false;
      const events: NewEvent[] = [SessionReleased.create({ sessionId })];
      if (forget) events.unshift(SessionClosed.create({ sessionId, reason: 'released' }));
      await sessions.commit(cell, events, operatorMetadata(cell.state, sessionId, actor));
      runs.wake(sessionId);
      return true;
    },
    async close(sessionId, { actor, reason }) {
      const cell = await sessions.load(sessionId);
      await sessions.commit(cell, [SessionClosed.create({ sessionId, reason })], operatorMetadata(cell.state, sessionId, actor));
      runs.wake(sessionId);
    },
    async note(sessionId, { actor, ...note }) {
      const cell = await sessions.load(sessionId);
      await sessions.commit(cell, [SessionNoted.create({ sessionId, ...note })], operatorMetadata(cell.state, sessionId, actor));
    },
    forget: (sessionIds) => sessions.forget(sessionIds),
    dropIdle: (idleMs) => sessions.dropIdle(idleMs),
    limitChanged: () => runs.limitChanged(),
    holders: () => [
      { name: 'sessions', count: sessions.size, bytes: sessions.weight },
      { name: 'newest outcomes', count: progress.remembered, bytes: progress.rememberedWeight },
    ],
    resolveSession(sessionKey, agentId) {
      const { config } = dependencies.config();
      const request = { channel: 'http', account: 'default', peer: { kind: 'direct' as const, id: '-' }, sessionKey };
      const decided = route(agentId === undefined ? request : { ...request, agentId }, routeConfigOf(config));
      if (decided.agentId === undefined) throw decided.error;
      return { sessionId: sessionIdOf(context, decided.sessionKey), sessionKey: decided.sessionKey, agentId: decided.agentId };
    },
    explain: (question) => explainRoute(context, question),
    resubmit: (messageId, actor) => resubmit(context, messageId, actor),
    discard: (messageId, actor, reason) => discard(context, messageId, actor, reason),
    openOn: (channel, account) => live.of(channel, account),
    activity: () => {
      const oldest = live.oldest();
      return {
        activeRuns: runs.active,
        waitingMessages: Math.max(0, live.size - runs.active),
        openSessions: sessions.size,
        ...(oldest !== undefined && { oldestMessageAt: oldest }),
      };
    },
    async recover() {
      const recovery = await recover(context, (sessionId) => {
        deliveries.wake(sessionId);
        runs.wake(sessionId);
      });
      phase = 'ready';
      takeMessages();
      return recovery;
    },
    async stop(drainMs) {
      phase = 'stopping';
      const cut = setTimeout(() => {
        for (const control of context.running.values()) control.abort(STOP.shutdown);
      }, drainMs);
      await runs.stop();
      await deliveries.stop();
      clearTimeout(cut);
    },
  };
}

/** Whose turn it would be, for the order of those that wait. */
function claimOf(sessionId: string, cell: SessionCell | undefined): Claim {
  const next = [...(cell?.state.open.values() ?? [])].find(({ run }) => run === 'waiting' || run === 'running' || run === 'retrying');
  return { priority: priorityOf(cell), sender: next?.subject ?? sessionId, agentId: next?.agentId ?? '' };
}

/** That of the most urgent message that waits in it: the others are in its way and must be done first. */
function priorityOf(cell: SessionCell | undefined): MessagePriority {
  const waiting = [...(cell?.state.open.values() ?? [])].map(({ priority = 'normal' }) => priority);
  if (waiting.includes('high')) return 'high';
  return waiting.length === 0 || waiting.includes('normal') ? 'normal' : 'low';
}

function refuseWhenBusy(phase: 'starting' | 'ready' | 'stopping', waiting: number, { config }: PipelineDependencies): void {
  if (phase === 'starting') throw new GatewayError('STARTING');
  if (phase === 'stopping') throw new GatewayError('SHUTTING_DOWN');
  const { queueLimit } = config().config.messages;
  if (waiting >= queueLimit) throw new GatewayError('OVERLOADED', { details: { waiting, queueLimit, retryAfterMs: 1000 } });
}

/** One account may not take all of the queue: whoever writes elsewhere is still heard. */
function refuseWhenTooMuch({ caller, channel, account }: Submission, live: LiveMessages, { config }: PipelineDependencies): void {
  if (caller.method !== 'channel') return;
  const most = Math.max(1, Math.ceil(config().config.messages.queueLimit * MOST_OF_ONE_ACCOUNT));
  const waiting = live.of(channel, account);
  if (waiting < most) return;
  const message = `As many messages of ${channel}/${account} wait as one account may have in the queue.`;
  throw new GatewayError('OVERLOADED', { message, details: { waiting, most, retryAfterMs: 1000 } });
}

function refuseWhenLong(text: string, { config }: PipelineDependencies): void {
  const { maxTextLength } = config().config.messages;
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes <= maxTextLength) return;
  const message = `The text has ${sizeBytes} bytes; at most ${maxTextLength} are taken (messages.maxTextLength).`;
  throw new GatewayError('BODY_TOO_LARGE', { message, details: { sizeBytes, limitBytes: maxTextLength } });
}

/** Runs the session's next message, if its time has come. */
async function runNext(context: PipelineContext, sessionId: string): Promise<{ again: boolean; until?: number }> {
  const cell = await context.sessions.load(sessionId);
  await giveWay(context, sessionId);
  const next = nextRun(cell.state, context.now());
  if (next.kind === 'idle') return { again: false };
  if (next.kind === 'wait') return { again: false, until: next.until };
  if (context.changing.has(next.message.messageId)) return { again: false };
  await runMessage(context, cell, next.message.messageId);
  return { again: cell.state.open.size > 0 };
}

async function recover(context: PipelineContext, wake: (sessionId: string) => void): Promise<Recovery> {
  let unsettledMessages = 0;
  let interruptedTools = 0;
  let uncertainDeliveries = 0;
  let after = 0;
  for (;;) {
    const page = await context.store.pipeline.unsettledSessions({ after, limit: RECOVERY_PAGE });
    const cells = await Promise.all(page.map(({ sessionId }) => context.sessions.load(sessionId)));
    for (const { sessionId, state } of cells) {
      for (const message of state.open.values()) {
        if (message.delivery?.status === 'held') continue;
        for (const { messageId, receivedAt, received } of [message, ...message.joined]) context.live.add(messageId, receivedAt, received);
        unsettledMessages += 1;
        interruptedTools += message.toolCalls.filter((call) => call.status === 'started').length;
        if (message.delivery?.status === 'attempting') uncertainDeliveries += 1;
      }
      wake(sessionId);
    }
    after = page.at(-1)?.firstPosition ?? after;
    if (page.length < RECOVERY_PAGE) return { unsettledMessages, interruptedTools, uncertainDeliveries };
  }
}

/** Cancels what a later message of the conversation takes the place of. */
async function giveWay(context: PipelineContext, sessionId: string): Promise<void> {
  const { state } = await context.sessions.load(sessionId);
  for (const { messageId } of interrupted(state)) await abort(context, { sessionId, messageId }, 'interrupted');
}

async function abort(
  context: PipelineContext,
  target: { readonly sessionId: string; readonly messageId?: string },
  reason: string,
): Promise<readonly string[]> {
  const cell = await context.sessions.load(target.sessionId);
  const cancelled: string[] = [];
  for (const open of [...cell.state.open.values()]) {
    if (target.messageId !== undefined && open.messageId !== target.messageId) continue;
    const control = context.running.get(open.messageId);
    if (control) control.abort(new Cancellation(reason));
    else if (open.run === 'waiting' || open.run === 'retrying' || open.run === 'running')
      await cancelWaiting(context, cell, open.messageId, reason);
    else continue;
    cancelled.push(open.messageId);
  }
  return cancelled;
}

async function cancelWaiting(context: PipelineContext, cell: SessionCell, messageId: string, reason: string): Promise<void> {
  await changeAlone(context, messageId, async () => {
    const control = context.running.get(messageId);
    if (control) return control.abort(new Cancellation(reason));
    if (!cell.state.open.has(messageId)) return;
    try {
      await recordCancelled(context, cell, messageId, reason);
    } finally {
      context.started.delete(messageId);
    }
  });
}

async function outcomeOf(
  context: PipelineContext,
  messageId: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const giveUp = () => reject(new GatewayError('DEADLINE_EXCEEDED', { details: { messageId } }));
  const timer = setTimeout(giveUp, options.timeoutMs);
  options.signal?.addEventListener('abort', giveUp, { once: true });
  const unfollow = context.progress.onSettled(messageId, resolve);
  const recent = context.progress.recentOutcome(messageId);
  if (options.signal?.aborted) giveUp();
  else if (recent) resolve(recent);
  else if (!context.live.has(messageId)) pastOutcome(context, messageId).then(resolve, reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', giveUp);
    unfollow();
  }
}

/** How a message that is not under way ended, according to the views. */
async function pastOutcome(context: PipelineContext, messageId: string): Promise<Outcome> {
  await context.store.waitForViews(context.log.head(), VIEWS_TIMEOUT_MS);
  const journey = await context.store.pipeline.message(messageId);
  if (!journey) throw new GatewayError('MESSAGE_NOT_FOUND', { details: { messageId } });
  if (!journey.settled) return { status: 'held', error: new GatewayError('DELIVERY_UNCERTAIN') };
  if (journey.status === 'delivered') return delivered(context, journey);
  if (journey.status === 'merged') return outcomeOfMerged(context, messageId);
  if (journey.status === 'no_reply') return { status: 'no_reply', reason: 'empty_answer' };
  const { code, message } = journey.problem ?? { code: 'INTERNAL', message: 'The reason is not recorded.' };
  return {
    status: journey.status === 'rejected' ? 'rejected' : 'dead_lettered',
    error: GatewayError.fromBody({ code: code as GatewayError['code'], message }),
  };
}

/** What became of the message that this one was answered together with. */
async function outcomeOfMerged(context: PipelineContext, messageId: string): Promise<Outcome> {
  const merged = (await context.store.views.messageEvents(messageId)).find((event) => event.type === MessageMerged.type);
  const { intoMessageId } = (merged?.data ?? {}) as { readonly intoMessageId?: string };
  if (intoMessageId === undefined) return { status: 'no_reply', reason: 'empty_answer' };
  return context.progress.recentOutcome(intoMessageId) ?? pastOutcome(context, intoMessageId);
}

async function delivered(context: PipelineContext, journey: MessageJourney): Promise<Outcome> {
  const events = await context.store.views.messageEvents(journey.messageId);
  const reply = events.findLast((event) => event.type === DeliveryRequested.type)?.data as { text: string } | undefined;
  const answers = events
    .filter(({ type }) => type === ModelResponded.type || type === SessionCompacted.type)
    .map((event) => event.data as { usage: { inputTokens: number; outputTokens: number } });
  const total = (field: 'inputTokens' | 'outputTokens'): number => answers.reduce((sum, answer) => sum + answer.usage[field], 0);
  return { status: 'delivered', reply: reply?.text ?? '', inputTokens: total('inputTokens'), outputTokens: total('outputTokens') };
}

/** Of what an operator does to a conversation; with whose it is, where that is one person. */
function operatorMetadata({ agentId, channel, subject, shared }: SessionState, sessionId: string, actor: Actor): EventMetadata {
  return { sessionId, agentId, channel, actor, ...(subject !== undefined && !shared && { subject }) };
}
