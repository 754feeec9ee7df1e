/** What a model asked for: each call is decided, then run once, and its result is committed. */
import {
  GatewayError,
  type Influence,
  influencesOn,
  type NewEvent,
  type OpenMessage,
  type OpenToolCall,
  type SessionState,
  ToolApproved,
  ToolCompleted,
  ToolDenied,
  ToolFailed,
  ToolRequested,
  ToolStarted,
} from '@openclaw-gateway/events';
import type { ToolMessage } from '@openclaw-gateway/sdk';
import { askAbout, expired, waitingCall } from './approvals.ts';
import { type Answer, responded } from './ask.ts';
import { filesOfCall } from './attach.ts';
import { identify, metadataOf, openMessage } from './context.ts';
import { sendFor } from './deliver.ts';
import { commit, problemOf, type Run, stopped } from './run-context.ts';

const MOST_INFLUENCES = 50;

/**
 * Records and runs what a model asked for; with `refusal` none of it is run, and the model is told why. Returns whether all of it is
 * finished; else a person is asked, and the run rests.
 */
export async function takeToolCalls(run: Run, answer: Answer, refusal?: GatewayError): Promise<boolean> {
  const { context, cell, messageId, settings } = run;
  const open = openMessage(cell, messageId);
  const { runId } = open;
  if (answer.text !== '') context.progress.publish({ ...identify(cell, open), type: 'reset' });
  const events = [...responded(open, answer)];
  const provenance = provenanceOf(cell.state);
  for (const { callId, tool, arguments: args } of answer.toolCalls) {
    events.push(ToolRequested.create({ runId, callId, tool, arguments: args, ...provenance }));
    const decision = refusal
      ? ({ action: 'deny', rule: 'agent.maxRepeats', error: refusal } as const)
      : context.tools.decide({ agentId: open.agentId, agentTools: settings.tools, name: tool, args });
    const { action, rule } = decision;
    if (action === 'deny') events.push(ToolDenied.create({ runId, callId, tool, rule, problem: problemOf(decision.error) }));
    else if (action === 'ask') events.push(...askAbout(run, open, { callId, tool, arguments: args }, decision));
    else events.push(ToolApproved.create({ runId, callId, tool, rule, reason: decision.reason }));
  }
  await commit(run, events);
  if (waitingCalls(open) > 0) context.wakeDelivery(cell.sessionId);
  return runToolCalls(run);
}

/** What may have led to a call, so that whoever looks into it sees it beside the call. */
function provenanceOf(state: SessionState): { influences?: Influence[]; moreInfluences?: number } {
  const influences = influencesOn(state);
  const more = influences.length - MOST_INFLUENCES;
  if (influences.length === 0) return {};
  return { influences: influences.slice(-MOST_INFLUENCES), ...(more > 0 && { moreInfluences: more }) };
}

/** Runs what is not finished, one call after the other, up to one that waits for a person. Returns whether none is left. */
export async function runToolCalls(run: Run): Promise<boolean> {
  for (;;) {
    const open = openMessage(run.cell, run.messageId);
    const call = open.toolCalls.find((candidate) => candidate.status !== 'finished');
    if (!call) return true;
    const waiting = waitingCall(open);
    if (!waiting) await runTool(run, open, call);
    else if (waiting.approval.expiresAt > run.context.now()) return false;
    else await expire(run, open, call);
  }
}

const waitingCalls = ({ toolCalls }: OpenMessage) => toolCalls.filter((call) => call.status === 'waiting').length;

/** Nobody decided in time, unless somebody does at this very moment. */
async function expire({ context, cell }: Run, open: OpenMessage, call: OpenToolCall): Promise<void> {
  const expected = { [cell.streamId]: cell.state.version };
  const result = await context.sessions.commit(cell, [expired(open, call)], metadataOf(cell, open), { expected });
  if (!result.ok) await context.sessions.load(cell.sessionId);
}

async function runTool(run: Run, open: OpenMessage, { callId, tool, arguments: args }: OpenToolCall): Promise<void> {
  const { context, cell } = run;
  const { runId } = open;
  const identity = identify(cell, open);
  await commit(run, [ToolStarted.create({ runId, callId, tool })]);
  context.progress.publish({ ...identity, type: 'tool', tool, callId, phase: 'start' });
  const startedAt = performance.now();
  let event: NewEvent;
  const files = filesOfCall(context, open.attachments?.length ?? 0);
  try {
    const { agentId } = open;
    const call = { agentId, sessionId: cell.sessionId, runId, callId, signal: run.signal };
    const send = (message: ToolMessage) => sendFor(run, open, callId, message);
    const result = await context.tools.run(tool, args, { ...call, attach: files.attach, show: files.show, send });
    const given = files.given();
    const durationMs = performance.now() - startedAt;
    event = ToolCompleted.create({ runId, callId, tool, result, ...(given.length > 0 && { attachments: given }), durationMs });
  } catch (thrown) {
    const error = thrown instanceof GatewayError ? thrown : new GatewayError('TOOL_FAILED', { cause: thrown });
    event = ToolFailed.create({ runId, callId, tool, problem: problemOf(error), durationMs: performance.now() - startedAt });
  }
  await commit(run, [event]).finally(files.release);
  context.progress.publish({ ...identity, type: 'tool', tool, callId, phase: 'end', failed: ToolFailed.type === event.type });
  if (run.signal.aborted) throw stopped(run);
}
