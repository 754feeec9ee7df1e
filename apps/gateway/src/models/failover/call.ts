/** One call of an endpoint, whose first word can be waited for together with those of others. */
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { ModelChunk, ModelRequest, ModelStreamOptions } from '@openclaw-gateway/sdk';
import type { Endpoint } from './endpoint.ts';

/** An endpoint together with the model that is asked there. */
export type Candidate = { readonly endpoint: Endpoint; readonly providerName: string; readonly model: string };

export type CallOptions = {
  readonly request: ModelRequest;
  readonly signal: AbortSignal;
  readonly options: ModelStreamOptions | undefined;
  readonly leastShare: number;
};

export class Call {
  readonly candidate: Candidate;
  /** The first chunk, or what the call failed with. Never rejects. */
  readonly began: Promise<{ readonly first: IteratorResult<ModelChunk> } | { readonly error: GatewayError }>;
  readonly #iterator: AsyncIterator<ModelChunk>;
  readonly #control = new AbortController();
  readonly #startedAt = performance.now();
  #isOver = false;

  constructor(candidate: Candidate, { request, signal, options, leastShare }: CallOptions) {
    this.candidate = candidate;
    const { endpoint, model } = candidate;
    endpoint.begin(leastShare);
    const asked = model === request.model ? request : { ...request, model };
    const both = AbortSignal.any([signal, this.#control.signal]);
    this.#iterator = endpoint.provider.stream(asked, both, options)[Symbol.asyncIterator]();
    this.began = this.#iterator.next().then(
      (first) => {
        endpoint.measured(this.durationMs);
        return { first };
      },
      (thrown: unknown) => ({ error: this.fail(thrown, signal) }),
    );
  }

  get durationMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** The rest of the answer after its first chunk. Throws what ends it early. */
  async *rest(first: IteratorResult<ModelChunk>): AsyncGenerator<ModelChunk> {
    for (let next = first; ; next = await this.#iterator.next()) {
      if (next.done === true) throw new GatewayError('MODEL_BAD_RESPONSE', { message: "The model's answer broke off before its end." });
      const { value } = next;
      if (value.type === 'finish') {
        this.#succeed(value.pauseMs);
        await this.#release();
        yield value;
        return;
      }
      yield value;
    }
  }

  /** The call is over because of `thrown`, which is an error of the endpoint unless the caller stopped it. */
  fail(thrown: unknown, signal: AbortSignal): GatewayError {
    const error = toGatewayError(thrown);
    if (this.#isOver) return error;
    const { endpoint } = this.candidate;
    if (signal.aborted || error.code === 'RUN_ABORTED') endpoint.dropped();
    else endpoint.failed(error);
    this.#end();
    return error;
  }

  /** Nobody waits for it any longer. Its slowness is remembered. */
  leave(): void {
    if (this.#isOver) return;
    const { endpoint } = this.candidate;
    endpoint.measured(this.durationMs);
    endpoint.dropped();
    this.#end();
    this.#control.abort();
    void this.#release();
  }

  /** A provider that is not read to its end goes on holding its timer and what it was asked. */
  async #release(): Promise<void> {
    await this.#iterator.return?.().catch(() => undefined);
  }

  #succeed(pauseMs: number | undefined): void {
    this.candidate.endpoint.succeeded();
    if (pauseMs !== undefined) this.candidate.endpoint.pause(pauseMs);
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.candidate.endpoint.end();
  }
}
