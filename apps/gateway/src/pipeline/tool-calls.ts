/** What a model asked for: each call is decided, then run once, and its result is committed. */
import {
  GatewayError,
  type NewEvent,
  type OpenMessage,
  type OpenToolCall,
  ToolApproved,
  ToolCompleted,
  ToolDenied,
  ToolFailed,
  ToolRequested,
  ToolStarted,
} from '@openclaw-gateway/events';
import { type Answer, responded } from './ask.ts';
import { identify, openMessage } from './context.ts';
import { commit, problemOf, type Run, stopped } from './run-context.ts';

/** Decides and runs what an answer asks for; with `refusal` none of it is run, and the model is told why. */
export async function takeToolCalls(run: Run, answer: Answer, refusal?: GatewayError): Promise<void> {
  const { context, cell, messageId, settings } = run;
  const open = openMessage(cell, messageId);
  const { runId } = open;
  if (answer.text !== '') context.progress.publish({ ...identify(cell, open), type: 'reset' });
  const events = [...responded(open, answer)];
  for (const { callId, tool, arguments: args } of answer.toolCalls) {
    events.push(ToolRequested.create({ runId, callId, tool, arguments: args }));
    const decision = refusal ? refusedBecause(refusal) : context.tools.decide(settings.tools, tool);
    if (decision.allowed) events.push(ToolApproved.create({ runId, callId, tool, rule: decision.rule, reason: decision.reason }));
    else events.push(ToolDenied.create({ runId, callId, tool, rule: decision.rule, problem: problemOf(decision.error) }));
  }
  await commit(run, events);
  await runToolCalls(run);
}

const refusedBecause = (error: GatewayError) => ({ allowed: false, rule: 'agent.maxRepeats', error }) as const;

/** Runs what is approved and not finished, one call after the other. */
export async function runToolCalls(run: Run): Promise<void> {
  for (;;) {
    const open = openMessage(run.cell, run.messageId);
    const call = open.toolCalls.find((candidate) => candidate.status === 'approved' || candidate.status === 'requested');
    if (!call) return;
    await runTool(run, open, call);
  }
}

async function runTool(run: Run, open: OpenMessage, { callId, tool, arguments: args }: OpenToolCall): Promise<void> {
  const { context, cell } = run;
  const { runId } = open;
  const identity = identify(cell, open);
  await commit(run, [ToolStarted.create({ runId, callId, tool })]);
  context.progress.publish({ ...identity, type: 'tool', tool, callId, phase: 'start' });
  const startedAt = performance.now();
  let event: NewEvent;
  try {
    const { agentId } = open;
    const result = await context.tools.run(tool, args, { agentId, sessionId: cell.sessionId, runId, callId, signal: run.signal });
    event = ToolCompleted.create({ runId, callId, tool, result, durationMs: performance.now() - startedAt });
  } catch (thrown) {
    const error = thrown instanceof GatewayError ? thrown : new GatewayError('TOOL_FAILED', { cause: thrown });
    event = ToolFailed.create({ runId, callId, tool, problem: problemOf(error), durationMs: performance.now() - startedAt });
  }
  await commit(run, [event]);
  context.progress.publish({ ...identity, type: 'tool', tool, callId, phase: 'end', failed: ToolFailed.type === event.type });
  if (run.signal.aborted) throw stopped(run);
}
