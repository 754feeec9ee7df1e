import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { count, durationMs, explain, name, problem, usage } from './shared.ts';

export const RunStarted = defineEvent('run.started', {
  version: 1,
  description: 'An agent began to work on a message.',
  schema: z.object({ runId: name, messageId: name, agentId: name, attempt: count, queuedMs: durationMs }),
  summary: (d) => `Agent ${d.agentId} started${d.attempt > 1 ? ` (attempt ${d.attempt})` : ''}`,
  retention: 'audit',
});

export const RunCompleted = defineEvent('run.completed', {
  version: 1,
  description: 'The agent finished; its answer is in the last model.responded.',
  schema: z.object({ runId: name, messageId: name, steps: count, usage, durationMs }),
  summary: (d) =>
    `Agent finished in ${d.steps} ${d.steps === 1 ? 'step' : 'steps'}, ${d.usage.inputTokens} + ${d.usage.outputTokens} tokens`,
  retention: 'audit',
});

export const RunFailed = defineEvent('run.failed', {
  version: 1,
  description: 'The agent could not finish. When `retryAt` is set it will try again then.',
  schema: z.object({ runId: name, messageId: name, attempt: count, problem, retryAt: count.optional() }),
  summary: (d) => `Agent failed: ${explain(d.problem)}${d.retryAt ? '; will try again' : ''}`,
  retention: 'audit',
  severity: 'error',
});

export const RunAborted = defineEvent('run.aborted', {
  version: 1,
  description: 'Someone cancelled the run.',
  schema: z.object({ runId: name, messageId: name, reason: name }),
  summary: (d) => `Run cancelled: ${d.reason}`,
  retention: 'audit',
  severity: 'warn',
});

export const RunStopped = defineEvent('run.stopped', {
  version: 1,
  description: 'The gateway ended the run, because the agent went round in circles. The explanation is what the sender is told.',
  schema: z.object({
    runId: name,
    messageId: name,
    reason: z.enum(['repeated_calls']),
    tools: z.array(name),
    repeats: count,
    explanation: z.string().max(2000),
    usage,
    durationMs,
  }),
  summary: (d) => `Agent stopped: ${d.tools.join(', ')} called ${d.repeats} times without anything new`,
  retention: 'audit',
  severity: 'warn',
});

export type RunState = { readonly status: 'none' | 'running' | 'completed' | 'stopped' | 'failed' | 'aborted'; readonly attempts: number };

export const Run = defineAggregate<RunState>({
  name: 'run',
  events: [RunStarted, RunCompleted, RunStopped, RunFailed, RunAborted],
  initial: () => ({ status: 'none', attempts: 0 }),
  evolve: (state, event) => {
    if (RunStarted.is(event)) return { status: 'running', attempts: event.data.attempt };
    if (RunCompleted.is(event)) return { ...state, status: 'completed' };
    if (RunStopped.is(event)) return { ...state, status: 'stopped' };
    if (RunFailed.is(event)) return { ...state, status: 'failed' };
    if (RunAborted.is(event)) return { ...state, status: 'aborted' };
    return state;
  },
});
