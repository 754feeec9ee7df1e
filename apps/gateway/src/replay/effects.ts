/** Models, tools and channels that answer from the recording. Nothing here can reach out of the process. */
import { type ErrorCode, GatewayError, RunFailed, toGatewayError } from '@openclaw-gateway/events';
import type { ModelChunk, ModelRequest } from '@openclaw-gateway/sdk';
import { AllFailed, type Asked, type Switch } from '../asked.ts';
import type { Senders } from '../parts.ts';
import { requestHash } from '../pipeline/agent.ts';
import type { Models, PipelineDependencies } from '../pipeline/context.ts';
import type { Flow, ModelCall, Problem, ToolCall } from './flows.ts';

/** Asks a real model, over the wire to whoever started the replay. */
export type AskLive = (reference: string, request: ModelRequest) => AsyncIterable<ModelChunk>;

/** What the effects may set off in the run that they answer. */
export type Control = {
  /** The process of the recording died here: this life of the replay ends, too. Never resolves. */
  readonly die: () => Promise<never>;
  /** The recording ends here. Never resolves. */
  readonly stall: () => Promise<never>;
  /** Ends the run of the message that is replayed. */
  readonly cancel: (reason: string) => void;
  /** The budget of the replay is spent: it ends before this message. Never resolves. */
  readonly spent: (reason: string) => Promise<never>;
};

/** The message under way: what the recording has of it, and how much of that was asked for. */
export type Turn = {
  readonly flow: Flow;
  models: number;
  tools: number;
  sends: number;
  readonly requests: ModelRequest[];
  /** The recorded tool calls whose results were taken. */
  readonly answered: Set<ToolCall>;
};

export type EffectOptions = {
  readonly flows: readonly Flow[];
  readonly turn: () => Turn;
  readonly control: Control;
  /** The recording does not have this effect. */
  readonly missed: (what: string) => void;
  readonly live?: AskLive;
};

export const MISSED = new GatewayError('RECORDING_INCOMPLETE', { message: 'The recording has no result for this call.' });

/** Answers by the hash of the request where the recording has it, else by how often this message asked before. */
export function recordedModels({ flows, turn, control, missed, live }: EffectOptions): Models {
  const byHash = new Map<string, ModelCall>();
  for (const call of flows.flatMap((flow) => flow.modelCalls)) {
    if (call.ended.kind === 'result' && !byHash.has(call.requestHash)) byHash.set(call.requestHash, call);
  }
  const find = (request: ModelRequest): ModelCall | undefined => {
    const now = turn();
    const inOrder = now.flow.modelCalls[now.models++];
    const hash = requestHash(request);
    now.requests.push(request);
    return inOrder?.requestHash === hash ? inOrder : (byHash.get(hash) ?? inOrder);
  };
  return {
    resolve: async (reference) => {
      const { providerName, model } = parseReference(reference);
      const provider: Asked = {
        async *stream(request, signal) {
          const call = find(request);
          if (live) return yield* withinBudget(live(reference, request), control);
          if (!call) missed(`model ${reference}`);
          for (const { left, to } of call?.moves ?? []) {
            const { problem, ...place } = left ?? {};
            yield {
              type: 'switch',
              ...(left && problem && { left: { ...place, error: errorOf(problem, false) } }),
              ...(to && { to }),
            } as Switch;
          }
          yield* await endOf(call?.ended, control, signal, 'MODEL_TIMEOUT');
        },
      };
      return { provider, providerName, model };
    },
  };
}

/** The live answer; a budget that is spent is no failure of the model, and ends the replay instead. */
async function* withinBudget(answer: AsyncIterable<ModelChunk>, control: Control): AsyncGenerator<ModelChunk> {
  try {
    yield* answer;
  } catch (thrown) {
    const { code, message } = toGatewayError(thrown);
    throw code === 'BUDGET_SPENT' ? await control.spent(message) : thrown;
  }
}

/** The budget that was used up where the recording says so: the run asked no model beyond what it has. */
export function recordedBudget(turn: () => Turn): NonNullable<PipelineDependencies['budget']> {
  return () => {
    const { flow, models } = turn();
    const refused = flow.events.find((event) => RunFailed.is(event) && event.data.problem.code === 'BUDGET_EXCEEDED');
    if (!refused || models < flow.modelCalls.length) return undefined;
    return errorOf((refused.data as { readonly problem: Problem }).problem, false);
  };
}

/** A channel that takes every reply and sends it nowhere. */
export function recordedSenders({ flows, turn, control, missed }: EffectOptions): Senders {
  const isNative = flows.some((flow) => flow.events.some((event) => resolutionOf(event.data) === 'retry_idempotent'));
  return {
    capabilities: () => ({ idempotency: isNative ? 'native' : 'none' }),
    send: async (channel, _account, _outbound, signal) => {
      const now = turn();
      const call = now.flow.sends[now.sends++];
      if (!call) {
        missed(`a delivery on ${channel}`);
        return {};
      }
      return endOf(call.ended, control, signal, 'CHANNEL_UNAVAILABLE');
    },
  };
}

export async function endOf<Result>(
  ended: ModelCall['ended'] | { readonly kind: 'result'; readonly result: Result } | undefined,
  control: Control,
  signal: AbortSignal,
  whenStopped: ErrorCode,
): Promise<Result> {
  switch (ended?.kind) {
    case undefined:
      throw MISSED;
    case 'result':
      return ended.result as Result;
    case 'failed':
      if (ended.told) throw new AllFailed(ended.problem.code as ErrorCode, { message: ended.problem.message });
      throw errorOf(ended.problem, ended.mayHaveArrived === true);
    case 'interrupted':
      return control.die();
    case 'unfinished':
      return control.stall();
    case 'cancelled':
      control.cancel(ended.reason);
      return untilStopped(signal, 'RUN_ABORTED');
    case 'timeout':
      return untilStopped(signal, whenStopped);
  }
}

function untilStopped(signal: AbortSignal, code: ErrorCode): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new GatewayError(code));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return promise;
}

function errorOf({ code, message }: Problem, mayHaveArrived: boolean): GatewayError {
  return GatewayError.fromBody({ code: code as ErrorCode, message, ...(mayHaveArrived && { details: { mayHaveArrived } }) });
}

const resolutionOf = (data: unknown) => (data as { resolution?: string } | null)?.resolution;

function parseReference(reference: string): { readonly providerName: string; readonly model: string } {
  const slash = reference.indexOf('/');
  return { providerName: reference.slice(0, slash), model: reference.slice(slash + 1) };
}
