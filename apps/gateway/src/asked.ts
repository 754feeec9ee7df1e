/** How a run is told where its question went, when a model may be asked in several places. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ModelChunk, ModelRequest, ModelStreamOptions } from '@openclaw-gateway/sdk';

/** A model of a provider, and which of its endpoints, where it has several. */
export type Place = { readonly provider: string; readonly model: string; readonly endpoint?: string };
/** Why a further endpoint is asked: one failed, none of the model's own may be asked, or the answer was late to begin. */
export type Because = 'failed' | 'unavailable' | 'late';

/**
 * In an answer's stream: an endpoint was left, or another one is asked once the consumer comes for more. After an endpoint was
 * left with half an answer, the answer begins anew.
 */
export type Switch = {
  readonly type: 'switch';
  readonly left?: Place & { readonly error: GatewayError; readonly durationMs: number };
  readonly to?: Place & { readonly because: Because };
};

/** Which of several endpoints has begun to answer. */
export type From = { readonly type: 'from'; readonly endpoint: string };

export type AskChunk = ModelChunk | Switch | From;

/** What a model is asked through: a provider that may say in between that it goes elsewhere. */
export type Asked = {
  readonly stream: (request: ModelRequest, signal: AbortSignal, options?: ModelStreamOptions) => AsyncIterable<AskChunk>;
};

/** Every place that may be asked failed. Each of the failures was told by a switch. */
export class AllFailed extends GatewayError {}
