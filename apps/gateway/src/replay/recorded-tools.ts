/** Tools that answer from the recording, or as the replay was told. None of them can be run. */
import { hash } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import type { Tools } from '../pipeline/context.ts';
import { createDecider, decidable, type KnownTool } from '../tools/policy.ts';
import { type EffectOptions, endOf, MISSED, type Turn } from './effects.ts';
import { recordedFile } from './files.ts';
import type { Flow, ToolCall } from './flows.ts';
import type { Change, ToolAnswer } from './job.ts';

/** The tools that no answer names. */
const OTHERS = '*';
const SHOWN_ARGUMENTS = 500;
const HISTORY: ToolAnswer = { kind: 'history' };

type Answers = Pick<Change, 'toolAnswers' | 'onMiss'>;

/** The tools of the configuration in force: what a model is told of them, who may call them, and what each call gives. */
export function recordedTools(
  tools: readonly KnownTool[],
  rules: () => Config['tools'],
  { flows, turn, control, missed }: Omit<EffectOptions, 'live'>,
  { toolAnswers = {}, onMiss = 'fail' }: Answers = {},
): Tools {
  const decider = createDecider(tools.map(decidable), rules);
  const find = finder(flows);
  const answerOf = (name: string): ToolAnswer => toolAnswers[name] ?? toolAnswers[OTHERS] ?? HISTORY;
  return {
    ...decider,
    decide: (call) => {
      const decision = decider.decide(call);
      if (decision.action === 'deny' || answerOf(call.name).kind !== 'deny') return decision;
      return { action: 'deny', rule: 'replay', error: new GatewayError('TOOL_DENIED', { message: `This replay denies ${call.name}.` }) };
    },
    run: async (name, args, { callId, signal, attach, show, send }) => {
      const now = turn();
      const call = find(now, { callId, name, args });
      const answer = answerOf(name);
      if (answer.kind === 'static') return answer.result;
      if (!call) {
        missed(`${name} ${(JSON.stringify(args) ?? '').slice(0, SHOWN_ARGUMENTS)}`);
        if (onMiss === 'deny') throw MISSED;
        return endOf(
          { kind: 'cancelled', reason: `The recording has no result of ${name} for this call.` },
          control,
          signal,
          'RUN_ABORTED',
        );
      }
      for (const file of call.attachments ?? []) await (file.toModel ? show : attach)?.(recordedFile(file));
      for (const message of call.sent) await send?.(message).catch(() => undefined);
      if (call.thenStopped) await endOf(call.thenStopped, control, signal, 'RUN_ABORTED').catch(() => undefined);
      return endOf(call.ended, control, signal, 'RUN_ABORTED');
    },
  };
}

/**
 * Finds the recorded call for one of now: the one of the same place with the same id, the same id, the same tool and arguments, here or
 * in another message, and at last the next call of the same tool in this message. No call of a message answers twice.
 */
function finder(flows: readonly Flow[]): (now: Turn, call: Asked) => ToolCall | undefined {
  const byHash = new Map(
    flows
      .flatMap(({ toolCalls }) => toolCalls)
      .toReversed()
      .map((call) => [hashOf(call.tool, call.args), call]),
  );
  return (now, { callId, name, args }) => {
    const inOrder = now.flow.toolCalls[now.tools++];
    const left = now.flow.toolCalls.filter((call) => call.tool === name && !now.answered.has(call));
    const wanted = hashOf(name, args);
    const found =
      (inOrder?.callId === callId && inOrder.tool === name ? inOrder : undefined) ??
      left.find((call) => call.callId === callId) ??
      left.find((call) => hashOf(call.tool, call.args) === wanted) ??
      byHash.get(wanted) ??
      left[0];
    if (found) now.answered.add(found);
    return found;
  };
}

type Asked = { readonly callId: string; readonly name: string; readonly args: unknown };

/** Equal for equal arguments, in whatever order their fields are. */
function hashOf(tool: string, args: unknown): string {
  return hash('sha256', JSON.stringify([tool, sorted(args)]));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
