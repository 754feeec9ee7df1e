/**
 * A provider over one of the SDK's language models: the same time limits, failures and names for all of them.
 * One call is one request: whoever asks decides about another try.
 */
import type { LanguageModelV4, LanguageModelV4FinishReason, LanguageModelV4Usage } from '@ai-sdk/provider';
import { GatewayError } from '@openclaw-gateway/events';
import type { ModelChunk, ModelProvider, ModelRequest } from '@openclaw-gateway/sdk';
import { brokenOff, type FailureContext, modelFailure } from './failure.ts';
import { type Media, type MediaLimits, mediaOf, NO_MEDIA } from './media.ts';
import { callOptions } from './prompt.ts';
import { type ProviderConfig, secretsOf } from './provider-config.ts';
import { readRateLimit } from './rate-limit.ts';
import { type ToolNames, toolNames } from './tool-names.ts';

/** A model that answers in less than this share of its time limit is quick. */
const QUICK_SHARE = 0.1;
const MOST_MODELS = 100;

type Call = {
  readonly model: LanguageModelV4;
  readonly request: ModelRequest;
  readonly names: ToolNames;
  readonly media: Media;
  readonly abortSignal: AbortSignal;
  /** Something came, so the clock starts again. */
  readonly heard: () => void;
  /** The answer is complete. */
  readonly finished: () => void;
  readonly failures: FailureContext;
};

/** A provider whose models are made by name and kept. */
export function languageModelProvider(
  name: string,
  config: ProviderConfig,
  create: (model: string) => LanguageModelV4,
  limits: MediaLimits,
): ModelProvider {
  const failures: FailureContext = { provider: name, secrets: secretsOf(config), now: Date.now };
  // A whole answer costs half the CPU of a streamed one, but must come within the time limit as a whole. So an answer
  // that nobody reads along is asked for whole, of models that were quick the last time.
  const quick = new Set<string>();
  // The SDK builds its schemas anew for each model object, which costs more than a call.
  const models = new Map<string, LanguageModelV4>();
  const modelOf = (id: string): LanguageModelV4 => {
    const known = models.get(id);
    if (known) return known;
    if (models.size >= MOST_MODELS) models.clear();
    const made = create(id);
    models.set(id, made);
    return made;
  };

  return {
    async *stream(request, signal, options) {
      const watch = watchCall(signal, config.timeout);
      const startedAt = performance.now();
      const { model: id } = request;
      const whole = options?.streaming === false && quick.has(id);
      let isQuick = false;
      try {
        const call: Call = {
          model: modelOf(id),
          request,
          names: toolNames(request),
          media: hasFiles(request) ? await mediaOf(request, limits, options?.readAttachment) : NO_MEDIA,
          abortSignal: watch.signal,
          heard: watch.heard,
          finished: () => {
            watch.finished();
            isQuick = performance.now() - startedAt < config.timeout * QUICK_SHARE;
          },
          failures,
        };
        yield* whole ? wholeAnswer(call) : streamedAnswer(call);
      } catch (thrown) {
        throw watch.verdict(thrown) ?? modelFailure(thrown, failures);
      } finally {
        watch.end();
        if (isQuick) quick.add(id);
        else quick.delete(id);
      }
    },
  };
}

function hasFiles({ messages }: ModelRequest): boolean {
  return messages.some((message) => message.role !== 'assistant' && message.attachments !== undefined);
}

async function* streamedAnswer(call: Call): AsyncGenerator<ModelChunk> {
  const { stream, response } = await call.model.doStream(callOptions(call.request, call.names, call.abortSignal, call.media));
  let responseModel: string | undefined;
  for await (const part of stream) {
    call.heard();
    if (part.type === 'text-delta') {
      if (part.delta !== '') yield { type: 'text', text: part.delta };
    } else if (part.type === 'tool-call') yield toToolCall(part, call.names);
    else if (part.type === 'response-metadata') responseModel = part.modelId;
    else if (part.type === 'error') throw part.error;
    else if (part.type === 'finish') {
      yield toFinish(part.finishReason, part.usage, { modelId: responseModel, headers: response?.headers }, call);
      return;
    }
  }
  throw brokenOff(call.failures);
}

async function* wholeAnswer(call: Call): AsyncGenerator<ModelChunk> {
  const answer = await call.model.doGenerate(callOptions(call.request, call.names, call.abortSignal, call.media));
  for (const part of answer.content) {
    if (part.type === 'text') {
      if (part.text !== '') yield { type: 'text', text: part.text };
    } else if (part.type === 'tool-call') yield toToolCall(part, call.names);
  }
  yield toFinish(answer.finishReason, answer.usage, answer.response ?? {}, call);
}

function toToolCall(
  part: { readonly toolCallId: string; readonly toolName: string; readonly input: string },
  names: ToolNames,
): ModelChunk {
  return {
    type: 'tool-call',
    call: { callId: part.toolCallId, tool: names.fromWire(part.toolName), arguments: parseArguments(part.input) },
  };
}

/** Arguments that are not JSON go on as they are: the tool refuses them and the model is told. */
function parseArguments(input: string): unknown {
  if (input.trim() === '') return {};
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}

function toFinish(
  finish: LanguageModelV4FinishReason,
  usage: LanguageModelV4Usage,
  response: { readonly modelId?: string | undefined; readonly headers?: Readonly<Record<string, string>> | undefined },
  call: Call,
): ModelChunk {
  if (finish.unified === 'error' || finish.unified === 'interrupted') throw brokenOff(call.failures);
  call.finished();
  const cached = usage.inputTokens.cacheRead;
  const pauseMs = readRateLimit(response.headers ?? {}, call.failures.now());
  return {
    type: 'finish',
    reason: finish.unified,
    usage: {
      inputTokens: usage.inputTokens.total ?? 0,
      outputTokens: usage.outputTokens.total ?? 0,
      ...(cached ? { cachedInputTokens: cached } : {}),
    },
    ...(response.modelId ? { responseModel: response.modelId } : {}),
    ...(pauseMs === undefined ? {} : { pauseMs }),
  };
}

/** Ends a call when its caller wants, or when nothing has come for `timeoutMs`; says afterwards which of the two it was. */
function watchCall(caller: AbortSignal, timeoutMs: number) {
  const control = new AbortController();
  let timedOut = false;
  let complete = false;
  const timer = setTimeout(() => {
    timedOut = true;
    control.abort();
  }, timeoutMs);
  const onAbort = () => control.abort();
  if (caller.aborted) onAbort();
  else caller.addEventListener('abort', onAbort, { once: true });
  return {
    signal: control.signal,
    heard: () => void timer.refresh(),
    finished: () => {
      complete = true;
    },
    verdict: (thrown: unknown): GatewayError | undefined => {
      if (caller.aborted) return new GatewayError('RUN_ABORTED', { cause: thrown });
      if (timedOut)
        return new GatewayError('MODEL_TIMEOUT', { message: `The model sent nothing for ${timeoutMs} ms.`, details: { timeoutMs } });
      return undefined;
    },
    end: () => {
      clearTimeout(timer);
      caller.removeEventListener('abort', onAbort);
      // Ends the request of an answer that nobody reads to its end.
      if (!complete) control.abort();
    },
  };
}
