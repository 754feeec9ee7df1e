import type { z } from 'zod';

/** A tool as a model is told of it. `parameters` is a JSON Schema. */
export type ToolSpec = { readonly name: string; readonly description: string; readonly parameters: Readonly<Record<string, unknown>> };

export type ModelMessage =
  | { readonly role: 'user'; readonly text: string; readonly attachments?: readonly ModelAttachment[] }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls: readonly ModelToolCall[] }
  | {
      readonly role: 'tool';
      readonly callId: string;
      readonly tool: string;
      readonly result: unknown;
      readonly failed: boolean;
      readonly attachments?: readonly ModelAttachment[];
    };

/** A file of a message. Its bytes are not in the request: they are read with `ModelStreamOptions.readAttachment`. */
export type ModelAttachment = {
  readonly name: string;
  readonly mimeType: string;
  readonly size: number;
  /** SHA-256 of the bytes; absent where they were not kept. */
  readonly hash?: string;
};

/** The bytes of a file. Rejects with ATTACHMENT_GONE or ATTACHMENT_CORRUPT. */
export type ReadAttachment = (attachment: ModelAttachment) => Promise<Uint8Array>;

export type ModelToolCall = { readonly callId: string; readonly tool: string; readonly arguments: unknown };

/** Everything a model is asked with. The same request always has the same hash. */
export type ModelRequest = {
  readonly model: string;
  readonly system?: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolSpec[];
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
};

export type ModelUsage = {
  /** Those that came from the provider's cache are among them. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number;
  /** What the answer cost in US dollars, where that is known. */
  readonly costUsd?: number;
};

/** A piece of a model's answer; `finish` comes last, once. */
export type ModelChunk =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool-call'; readonly call: ModelToolCall }
  | {
      readonly type: 'finish';
      readonly reason: string;
      readonly usage: ModelUsage;
      readonly responseModel?: string;
      /** The provider wants not to be asked again for so long, in milliseconds: a limit of it is spent. */
      readonly pauseMs?: number;
    };

export type ModelStreamOptions = {
  /** A hint: `false` when nobody reads along, so the text may come in one piece. */
  readonly streaming?: boolean;
  /** Without it no file can be shown, only named. */
  readonly readAttachment?: ReadAttachment;
};

/** A configured model provider. */
export type ModelProvider = {
  /**
   * Asks the model once and yields its answer. Throws a `GatewayError` with a MODEL_ code, whose `details.retryAfterMs`
   * is honoured, or RUN_ABORTED when the signal aborted.
   */
  readonly stream: (request: ModelRequest, signal: AbortSignal, options?: ModelStreamOptions) => AsyncIterable<ModelChunk>;
};

export type ModelDefinition<S extends z.ZodType = z.ZodType> = {
  /** What `models.providers.<name>.api` says. */
  readonly api: string;
  readonly config: S;
  readonly create: (config: z.output<S>, name: string) => ModelProvider;
};

/** Declares a kind of model provider. @example export default defineModel({ api: 'echo', config: z.object({}), create: () => … }) */
export function defineModel<S extends z.ZodType>(definition: ModelDefinition<S>): ModelDefinition<S> {
  return definition;
}
