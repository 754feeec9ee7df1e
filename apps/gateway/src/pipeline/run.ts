/**
 * One message's run: ask the model, do what it asks for, until it answers. Every intent is committed before its effect.
 * Where an earlier process stopped half way, the run goes on from what the log says.
 */
import {
  DeliveryAttempted,
  DeliveryRequested,
  GatewayError,
  MessageDeadLettered,
  MessageNoReply,
  type NewEvent,
  newId,
  type OpenMessage,
  RunAborted,
  RunCompleted,
  RunFailed,
  RunStarted,
  RunStopped,
  ToolFailed,
  toGatewayError,
  underWay,
} from '@openclaw-gateway/events';
import type { ModelRequest } from '@openclaw-gateway/sdk';
import { agentSettings, buildRequest } from './agent.ts';
import { type Answer, ask, ModelCallFailed, modelFailed, requested, responded } from './ask.ts';
import { fitsStandIn, hasRoom, makeRoom } from './compaction.ts';
import { Cancellation, identify, metadataOf, openMessage, type PipelineContext, STOP, settle, unchanging } from './context.ts';
import { uncertainSends } from './deliver.ts';
import { collect, steer } from './join.ts';
import { judgeCalls, type Verdict } from './loop-guard.ts';
import { withTimeout } from './model-timeout.ts';
import { backoffMs } from './next.ts';
import { crashLoop, isWhole, quarantineAfter, refuseBroken } from './quarantine.ts';
import { commit, problemOf, type Run, stopped } from './run-context.ts';
import type { SessionCell } from './sessions.ts';
import { through } from './stand-in.ts';
import { runToolCalls, takeToolCalls } from './tool-calls.ts';
import { turnstile } from './turnstile.ts';
import { showTyping } from './typing.ts';

/** Runs a message to its answer, its failure or its cancellation. Throws only when the log cannot be written. */
export async function runMessage(context: PipelineContext, cell: SessionCell, messageId: string): Promise<void> {
  const { agentId, received } = openMessage(cell, messageId);
  const settings = agentSettings(context.config().config, agentId);
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(STOP.timeout), settings.timeout);
  context.running.set(messageId, control);
  cell.users += 1;
  const endTyping = showTyping(context.senders, received);
  try {
    const { provider: untimed, providerName, model } = await context.models.resolve(settings.model, settings.fallbackModels);
    const provider = withTimeout(untimed, settings.modelTimeout);
    const run: Run = { context, cell, messageId, settings, provider, providerName, model, signal: control.signal };
    const isOver = await converse(run, await begin(run));
    // It rests until a person decides; who cancelled it until now has cancelled a run.
    if (!isOver && control.signal.aborted) throw stopped(run);
  } catch (thrown) {
    await giveUp(context, cell, messageId, control.signal, toGatewayError(thrown));
  } finally {
    endTyping();
    clearTimeout(timer);
    cell.users -= 1;
    context.running.delete(messageId);
  }
}

type Circles = Exclude<Verdict, { kind: 'go' }>;

/** Returns whether the message is answered; else the run rests until a person has decided about a tool call. */
async function converse(run: Run, first: ModelRequest | undefined): Promise<boolean> {
  let request = first;
  while (request) {
    const answer = await ask(run, request, (place) => fitsStandIn(run, place));
    if ('standIn' in answer) {
      const other = await through(run, answer.standIn);
      return converse(other, await nextStep(other));
    }
    await turnstile();
    if (answer.toolCalls.length === 0) {
      await finish(run, answer);
      return true;
    }
    const verdict = judgeCalls(underWay(run.cell.state), answer.toolCalls, run.settings.maxRepeats);
    if (verdict.kind === 'stop') {
      await stop(run, answer, verdict);
      return true;
    }
    const refusal = verdict.kind === 'refuse' ? repeated(verdict) : undefined;
    request = (await takeToolCalls(run, answer, refusal)) ? await nextStep(run) : undefined;
  }
  return false;
}

/** A run's start, decided before it is committed. */
export type Start = { readonly events: readonly NewEvent[]; readonly request: ModelRequest };

/**
 * The start of the run of a message that is about to be stored in a conversation where nothing else is to be done: it is committed
 * together with the message and saves a commit of its own. `undefined` when the model is not there, which is the run's to report.
 */
export async function startWith(
  context: PipelineContext,
  cell: SessionCell,
  message: { readonly messageId: string; readonly runId: string; readonly agentId: string; readonly received: OpenMessage['received'] },
): Promise<Start | undefined> {
  const { messageId, runId, agentId, received } = message;
  if (context.budget?.(agentId, cell.sessionId)) return undefined;
  const settings = agentSettings(context.config().config, agentId);
  const found = await context.models.resolve(settings.model, settings.fallbackModels).catch(() => undefined);
  if (!found || !hasRoom({ context, cell, settings, ...found }, [received])) return undefined;
  const request = buildRequest(settings, found.model, context.tools.specs(settings.tools), cell.state, {
    attempts: 0,
    received,
    joined: [],
  });
  if (!isWhole(request.messages)) return undefined;
  const events = [RunStarted.create({ runId, messageId, agentId, attempt: 1, queuedMs: 0 }), requested({ runId, ...found }, request, 1)];
  return { events, request };
}

/**
 * Commits the start, or what the log still lacks of a run that was interrupted or rested, and the request the model is asked with;
 * `undefined` when the run has to rest.
 */
async function begin(run: Run): Promise<ModelRequest | undefined> {
  const { context, cell, messageId } = run;
  await unchanging(context, messageId);
  const open = openMessage(cell, messageId);
  const { runId } = open;
  const started = context.started.get(messageId);
  context.started.delete(messageId);
  if (!started && open.run === 'running') return resume(run, open);
  if (!started) await collect(run);
  const mayAsk = !context.budget?.(open.agentId, cell.sessionId);
  const questions = open.attempts === 0 ? [open, ...open.joined].map(({ received }) => received) : [];
  if (!started && !(mayAsk && hasRoom(run, questions))) return beginShort(run, open);
  const request = started ?? requestOf(run, open);
  if (!started) await commit(run, [startOf(run, open), requested({ ...run, runId }, request, 1)]);
  context.progress.publish({ ...identify(cell, open), type: 'started' });
  return request;
}

/** The same where the conversation does not fit the model as it is, or no model may be asked. */
async function beginShort(run: Run, open: OpenMessage): Promise<ModelRequest> {
  await commit(run, [startOf(run, open)]);
  run.context.progress.publish({ ...identify(run.cell, open), type: 'started' });
  return nextStep(run);
}

function startOf({ context, messageId }: Run, { runId, agentId, attempts, retryAt, receivedAt }: OpenMessage): NewEvent {
  const queuedMs = Math.max(0, context.now() - (retryAt ?? receivedAt));
  return RunStarted.create({ runId, messageId, agentId, attempt: attempts + 1, queuedMs });
}

async function resume(run: Run, open: OpenMessage): Promise<ModelRequest | undefined> {
  const { runId } = open;
  const interrupted: NewEvent[] = open.toolCalls
    .filter((call) => call.status === 'started')
    .map((call) =>
      ToolFailed.create({ runId, callId: call.callId, tool: call.tool, problem: problemOf(new GatewayError('TOOL_INTERRUPTED')) }),
    );
  interrupted.push(...uncertainSends(open));
  if (open.modelPending) interrupted.push(modelFailed(run, open.steps + 1, new GatewayError('MODEL_INTERRUPTED'), 0));
  if (interrupted.length > 0) await commit(run, interrupted);
  const loop = crashLoop(open);
  if (loop) throw loop;
  return (await runToolCalls(run)) ? nextStep(run) : undefined;
}

async function nextStep(run: Run): Promise<ModelRequest> {
  await steer(run);
  const open = openMessage(run.cell, run.messageId);
  if (open.steps >= run.settings.maxSteps) {
    const message = `The agent used its ${run.settings.maxSteps} steps without an answer.`;
    throw new GatewayError('RUN_STEPS_EXCEEDED', { message, details: { maxSteps: run.settings.maxSteps } });
  }
  const refusal = run.context.budget?.(open.agentId, run.cell.sessionId);
  if (refusal) throw refusal;
  await makeRoom(run);
  const request = requestOf(run, open);
  await commit(run, [requested({ ...run, runId: open.runId }, request, open.steps + 1)]);
  return request;
}

function requestOf(run: Run, open: OpenMessage): ModelRequest {
  const request = buildRequest(run.settings, run.model, run.context.tools.specs(run.settings.tools), run.cell.state, open);
  refuseBroken(request.messages);
  return request;
}

/** Commits the answer together with the order to send it, then lets the reply go out. */
async function finish(run: Run, answer: Answer): Promise<void> {
  const { context, cell, messageId } = run;
  const open = openMessage(cell, messageId);
  const { runId } = open;
  const events = [
    ...responded(open, answer),
    RunCompleted.create({ runId, messageId, steps: open.steps + 1, ...spent(context, open, answer) }),
  ];
  if (answer.text.trim() === '' && !open.attachments?.length) {
    await commit(run, [...events, MessageNoReply.create({ messageId, reason: 'empty_answer' })]);
    settle(context, cell, open, { status: 'no_reply', reason: 'empty_answer' });
    return;
  }
  await reply(run, events, answer.text);
}

/** Ends a run that goes round in circles, and tells the sender why. */
async function stop(run: Run, answer: Answer, { tools, repeats }: Circles): Promise<void> {
  const open = openMessage(run.cell, run.messageId);
  const { runId, messageId } = open;
  const explanation = `I stopped before I had an answer: I kept calling ${tools.join(', ')} with the same input, and ${repeats} times the result was the same. Please ask in another way, or tell me what to do differently.`;
  const ended = { reason: 'repeated_calls' as const, tools: [...tools], repeats, explanation, ...spent(run.context, open, answer) };
  await reply(run, [...responded(open, answer), RunStopped.create({ runId, messageId, ...ended })], explanation);
}

/** What the model is told of calls that are refused because it goes round in circles. */
function repeated({ tools, repeats }: Circles): GatewayError {
  const message = `This was called ${repeats} times with the same input and gave the same result each time, so it is not called again. Do something else, or answer with what you have.`;
  return new GatewayError('TOOL_REPEATED', { message, details: { tools, repeats } });
}

function spent(context: PipelineContext, open: OpenMessage, { usage }: Answer) {
  return {
    usage: { inputTokens: open.inputTokens + usage.inputTokens, outputTokens: open.outputTokens + usage.outputTokens },
    durationMs: Math.max(0, context.now() - (open.runStartedAt ?? context.now())),
  };
}

/** Commits a run's end together with the order to send its reply, then lets that go out. */
async function reply(run: Run, ending: readonly NewEvent[], text: string): Promise<void> {
  const { context, cell, messageId } = run;
  await commit(run, [...ending, ...replyWith(context, cell, openMessage(cell, messageId), text)]);
  context.wakeDelivery(cell.sessionId);
}

/** The order to send a reply, and the first attempt where no other reply has to go first and the account can send. */
function replyWith(context: PipelineContext, cell: SessionCell, open: OpenMessage, text: string): NewEvent[] {
  const deliveryId = newId('delivery');
  const { messageId, runId, received, attachments } = open;
  const files = attachments?.length ? { attachments: [...attachments] } : {};
  const { channel, account, peer: to } = received;
  const order = DeliveryRequested.create({ deliveryId, messageId, runId, channel, account, to, text, ...files });
  if (!isFirstInLine(cell, messageId) || context.senders.isHeld?.(channel, account)) return [order];
  context.attemptedHere.add(deliveryId);
  return [order, DeliveryAttempted.create({ deliveryId, attempt: 1 })];
}

/** Whether no earlier reply of the conversation still has to be sent. */
function isFirstInLine(cell: SessionCell, messageId: string): boolean {
  for (const other of cell.state.open.values()) {
    if (other.messageId === messageId) return true;
    if (other.delivery && other.delivery.status !== 'held') return false;
  }
  return true;
}

async function giveUp(
  context: PipelineContext,
  cell: SessionCell,
  messageId: string,
  signal: AbortSignal,
  error: GatewayError,
): Promise<void> {
  if (error.code.startsWith('LOG_') || signal.reason === STOP.shutdown) throw error;
  const open = openMessage(cell, messageId);
  const { runId } = open;
  if (error.code === 'RUN_ABORTED' && signal.reason instanceof Cancellation)
    return recordCancelled(context, cell, messageId, signal.reason.reason);
  const { retry } = context.config().config.messages;
  const attempt = Math.max(1, open.attempts);
  const retryAfterMs = error.details?.['retryAfterMs'];
  const again = error.retryable && attempt < retry.maxAttempts;
  const retryAt =
    context.now() +
    backoffMs(attempt, { retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined, random: context.random });
  const events = error instanceof ModelCallFailed ? [...error.events] : [];
  events.push(RunFailed.create({ runId, messageId, attempt, problem: problemOf(error), ...(again ? { retryAt } : {}) }));
  // Whoever wrote is told why there is no answer.
  if (error.code === 'BUDGET_EXCEEDED') {
    await context.sessions.commit(cell, [...events, ...replyWith(context, cell, open, error.message)], metadataOf(cell, open));
    return context.wakeDelivery(cell.sessionId);
  }
  if (!again) {
    events.push(MessageDeadLettered.create({ messageId, stage: 'run', attempts: attempt, problem: problemOf(error) }));
    events.push(...quarantineAfter(cell.state, messageId, error));
  }
  await context.sessions.commit(cell, events, metadataOf(cell, open));
  if (error.code === 'INTERNAL')
    context.logger.error({ err: error.cause, correlationId: messageId, sessionId: cell.sessionId }, 'run failed unexpectedly');
  if (again) return;
  settle(context, cell, open, { status: 'dead_lettered', error });
}

/** Ends a message that somebody cancelled before it was answered. */
export async function recordCancelled(context: PipelineContext, cell: SessionCell, messageId: string, reason: string): Promise<void> {
  const open = openMessage(cell, messageId);
  const events: NewEvent[] = open.run === 'running' ? [RunAborted.create({ runId: open.runId, messageId, reason })] : [];
  await context.sessions.commit(cell, [...events, MessageNoReply.create({ messageId, reason: 'aborted' })], metadataOf(cell, open));
  settle(context, cell, open, { status: 'no_reply', reason: 'aborted' });
  // A reply may have waited for it.
  context.wakeDelivery(cell.sessionId);
}
