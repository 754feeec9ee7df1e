/** The model and the tools: slow, wrong, broken off and out of reach, as the seed wants it. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ModelChunk, ModelProvider, ModelRequest, ToolContext } from '@openclaw-gateway/sdk';
import type { Config } from '../../apps/gateway/src/config/index.ts';
import type { Models, Tools } from '../../apps/gateway/src/pipeline/context.ts';
import { type Laws, lastUserText } from './laws.ts';
import type { Machine, Owner } from './machine.ts';

export type Temper = {
  /** How likely an answer is not what one hopes for. Zero once the faults have stopped. */
  faultiness: number;
  /** How likely the model wants a tool. */
  readonly toolShare: number;
  /** How long it may think. */
  readonly mostMs: number;
};

const FAILURES = ['MODEL_UNAVAILABLE', 'MODEL_RATE_LIMITED', 'MODEL_UNAUTHORIZED', 'MODEL_BAD_RESPONSE'] as const;
const MOST_TOOL_MS = 3_000;
const NEVER_MS = 24 * 3600 * 1000;

export class AgentWorld {
  readonly #machine: Machine;
  readonly #laws: Laws;
  readonly #temper: Temper;
  #nextCall = 1;

  constructor(machine: Machine, laws: Laws, temper: Temper) {
    this.#machine = machine;
    this.#laws = laws;
    this.#temper = temper;
  }

  models(owner: Owner, config: () => Config): Models {
    const stream: ModelProvider['stream'] = (request, signal) => this.#answer(owner, config(), request, signal);
    return { resolve: async (reference) => ({ provider: { stream }, providerName: 'simulated', model: reference }) };
  }

  tools(owner: Owner): Tools {
    return {
      specs: (names) => names.map((name) => ({ name, description: name, parameters: {} })),
      decide: ({ agentTools, name }) =>
        agentTools.includes(name)
          ? { action: 'allow', rule: 'agent.tools', reason: 'listed' }
          : { action: 'deny', rule: 'agent.tools', error: new GatewayError('TOOL_DENIED') },
      run: (_name, _args, context) => this.#runTool(owner, context),
    };
  }

  async *#answer(owner: Owner, config: Config, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelChunk> {
    if (!owner.alive) await never();
    const answered = this.#laws.modelAsked(request, config);
    const { random } = this.#machine;
    const text = `re: ${lastUserText(request)}`;
    try {
      await this.#think(owner, signal, this.#machine.latency(this.#temper.mostMs));
      const fate = random.chance(this.#temper.faultiness)
        ? random.pick(['fails', 'breaks', 'stops', 'hangs', 'is silent'] as const)
        : 'answers';
      if (fate === 'fails') throw failure(random.pick(FAILURES), random.below(20_000));
      if (fate === 'hangs') await this.#think(owner, signal, NEVER_MS);
      const isFirstStep = request.messages.at(-1)?.role === 'user';
      if (random.chance(isFirstStep ? this.#temper.toolShare : this.#temper.toolShare / 2)) {
        const tool = random.pick(['lookup', 'forbidden']);
        yield { type: 'tool-call', call: { callId: `call-${this.#nextCall++}`, tool, arguments: { n: 1 } } };
        if (random.chance(0.3)) yield { type: 'tool-call', call: { callId: `call-${this.#nextCall++}`, tool: 'lookup', arguments: {} } };
        yield { type: 'finish', reason: 'tool-calls', usage: { inputTokens: 1, outputTokens: 1 } };
        return;
      }
      if (fate === 'is silent') {
        yield { type: 'finish', reason: 'stop', usage: { inputTokens: 1, outputTokens: 0 } };
        return;
      }
      const half = Math.ceil(text.length / 2);
      yield { type: 'text', text: text.slice(0, half) };
      await this.#think(owner, signal, this.#machine.latency(this.#temper.mostMs));
      if (fate === 'breaks') throw failure('MODEL_UNAVAILABLE', 0);
      if (fate === 'stops') return;
      yield { type: 'text', text: text.slice(half) };
      yield { type: 'finish', reason: 'stop', usage: { inputTokens: 1, outputTokens: 1 } };
    } finally {
      answered();
    }
  }

  async #runTool(owner: Owner, { sessionId, callId, signal }: ToolContext): Promise<unknown> {
    if (!owner.alive) await never();
    this.#laws.toolRun(sessionId, callId);
    await this.#think(owner, signal, this.#machine.latency(MOST_TOOL_MS));
    if (this.#machine.random.chance(this.#temper.faultiness)) throw new GatewayError('TOOL_FAILED');
    return { found: callId };
  }

  /** Takes its time; a signal cuts it short. */
  #think(owner: Owner, signal: AbortSignal, delayMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cut = () => reject(new GatewayError('RUN_ABORTED'));
      if (signal.aborted) return cut();
      signal.addEventListener('abort', cut, { once: true });
      const go = () => {
        signal.removeEventListener('abort', cut);
        resolve();
      };
      this.#machine.after(delayMs, 'agent', go, owner);
    });
  }
}

function failure(code: (typeof FAILURES)[number], retryAfterMs: number): GatewayError {
  return new GatewayError(code, code === 'MODEL_RATE_LIMITED' ? { details: { retryAfterMs } } : {});
}

function never(): Promise<never> {
  return new Promise(() => {});
}
