import type { GatewayError } from '@openclaw-gateway/events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelChunk, ModelProvider, ModelRequest, ModelToolCall, ToolSpec } from '../model.ts';
import { expectNoSecret } from './channel.ts';

export type ModelFault =
  | 'unauthorized'
  | 'forbidden'
  | 'rate-limited'
  | 'bad-request'
  | 'server-error'
  | 'hang'
  | 'stall'
  | 'broken-stream'
  | 'cut-stream'
  | 'overloaded-stream'
  | 'dropped'
  | 'garbage'
  | 'web-page'
  | 'empty';

/** A model's service that the contract can play with, over real sockets. */
export type ModelHarness = {
  readonly provider: ModelProvider;
  readonly secrets: readonly string[];
  /** What the service answers next; `undefined` when the model answers by itself. */
  readonly answerNext?: (answer: { readonly text?: string; readonly toolCalls?: readonly ModelToolCall[] }) => void;
  /** The service fails like this at the next request. A rate limit names two seconds. */
  readonly failNext?: (fault: ModelFault) => void;
  /** How many requests the service has had. */
  readonly requests?: () => number;
  /** Ends the service, so that nothing listens any more. */
  readonly goAway?: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const CLOCK: ToolSpec = {
  name: 'clock.now',
  description: 'The time.',
  parameters: { type: 'object', properties: {}, additionalProperties: false },
};
const never = new AbortController().signal;

/** Runs the contract of a model provider. The provider's time limit must be about a second. @example modelContract('echo', async () => ({ provider, … })) */
export function modelContract(name: string, factory: () => Promise<ModelHarness>, options: { readonly remote: boolean }): void {
  describe(`model contract: ${name}`, () => {
    let harness: ModelHarness;
    beforeEach(async () => {
      harness = await factory();
    });
    afterEach(() => harness.close());

    test.each([true, false])('A9 the text comes in order and the finish last, once (streaming: %s)', async (streaming) => {
      // Twice, as a provider may ask differently once it knows its service.
      for (let round = 0; round < 2; round++) {
        harness.answerNext?.({ text: 'one two  three\nfour' });
        const chunks = await collect(harness.provider, ask('one two  three\nfour'), { streaming });
        expect(textOf(chunks)).toContain('one two  three\nfour');
        expect(chunks.filter((chunk) => chunk.type === 'finish')).toEqual([chunks.at(-1)]);
        expect(chunks.at(-1)).toMatchObject({
          reason: 'stop',
          usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
        });
      }
    });

    test.each([true, false])(
      'A5 a tool is called by the name the gateway knows, and its result leads to an answer (streaming: %s)',
      async (streaming) => {
        for (let round = 0; round < 2; round++) {
          const question = { ...ask('what is the time?'), tools: [CLOCK] };
          harness.answerNext?.({ toolCalls: [{ callId: 'call_7', tool: 'clock.now', arguments: {} }] });
          const chunks = await collect(harness.provider, question, { streaming });
          const calls = chunks.flatMap((chunk) => (chunk.type === 'tool-call' ? [chunk.call] : []));
          expect(calls).toEqual([{ callId: expect.any(String), tool: 'clock.now', arguments: {} }]);
          expect(chunks.at(-1)).toMatchObject({ type: 'finish', reason: 'tool-calls' });

          harness.answerNext?.({ text: 'It is noon.' });
          const callId = calls[0]?.callId ?? '';
          const answer = await collect(harness.provider, {
            ...question,
            messages: [
              ...question.messages,
              { role: 'assistant', text: '', toolCalls: calls },
              { role: 'tool', callId, tool: 'clock.now', result: { time: 'noon' }, failed: false },
            ],
          });
          expect(textOf(answer)).toContain('noon');
          expect(answer.at(-1)).toMatchObject({ type: 'finish', reason: 'stop' });
        }
      },
    );

    test('A4 a signal that is aborted already ends with RUN_ABORTED', async () => {
      const error = await failureOf(harness.provider, ask('hello'), AbortSignal.abort());
      expect(error.code).toBe('RUN_ABORTED');
    });

    if (options.remote) remoteContract(() => harness);
  });
}

function remoteContract(harnessNow: () => ModelHarness): void {
  const failNext = (fault: ModelFault) => harnessNow().failNext?.(fault);

  test.each([
    ['unauthorized', 'MODEL_UNAUTHORIZED', false],
    ['forbidden', 'MODEL_UNAUTHORIZED', false],
    ['rate-limited', 'MODEL_RATE_LIMITED', true],
    ['bad-request', 'MODEL_REFUSED', false],
    ['server-error', 'MODEL_UNAVAILABLE', true],
    ['hang', 'MODEL_TIMEOUT', true],
    ['stall', 'MODEL_TIMEOUT', true],
    ['broken-stream', 'MODEL_UNAVAILABLE', true],
    ['cut-stream', 'MODEL_BAD_RESPONSE', true],
    ['overloaded-stream', 'MODEL_UNAVAILABLE', true],
    ['dropped', 'MODEL_UNAVAILABLE', true],
    ['garbage', 'MODEL_BAD_RESPONSE', true],
    ['web-page', 'MODEL_BAD_RESPONSE', true],
    ['empty', 'MODEL_BAD_RESPONSE', true],
  ] as const)('A9 a provider that answers with %s gives %s, is asked once, and works again after', async (fault, code, retryable) => {
    const { provider, requests, secrets, answerNext } = harnessNow();
    failNext(fault);
    const before = requests?.() ?? 0;
    const error = await failureOf(provider, ask('hello'));
    expect(error).toMatchObject({ code, retryable });
    expect((requests?.() ?? 0) - before).toBe(1);
    if (fault === 'rate-limited') expect(error.details?.['retryAfterMs']).toBe(2000);
    expectNoSecret(error, secrets);
    answerNext?.({ text: 'well again' });
    expect(textOf(await collect(provider, ask('hello')))).toBe('well again');
  });

  test.each(['broken-stream', 'cut-stream', 'garbage', 'empty', 'dropped', 'server-error', 'hang'] as const)(
    'A9 %s is a failure as well when nobody reads along',
    async (fault) => {
      const { provider, answerNext } = harnessNow();
      answerNext?.({ text: 'quick' });
      await collect(provider, ask('hello'), { streaming: false });
      failNext(fault);
      const error = await failureOf(provider, ask('hello'), never, { streaming: false });
      expect(error).toMatchObject({ code: expect.stringMatching(/^MODEL_/), retryable: true });
    },
  );

  test('A9 a provider that nothing listens for gives MODEL_UNAVAILABLE', async () => {
    const { provider, goAway } = harnessNow();
    await goAway?.();
    expect(await failureOf(provider, ask('hello'))).toMatchObject({ code: 'MODEL_UNAVAILABLE', retryable: true });
  });

  test('A4 a running request ends with RUN_ABORTED when its signal aborts', async () => {
    const { provider } = harnessNow();
    failNext('stall');
    const control = new AbortController();
    const error = await (async () => {
      for await (const chunk of provider.stream(ask('hello'), control.signal)) if (chunk.type === 'text') control.abort();
    })().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RUN_ABORTED' });
  });

  test('A4 an answer that nobody reads to its end does not disturb the next', async () => {
    const { provider, answerNext } = harnessNow();
    answerNext?.({ text: 'a longer answer of some words' });
    for await (const chunk of provider.stream(ask('hello'), never)) if (chunk.type === 'text') break;
    answerNext?.({ text: 'next' });
    expect(textOf(await collect(provider, ask('hello')))).toBe('next');
  });
}

const ask = (text: string): ModelRequest => ({
  model: 'any',
  system: 'You are brief.',
  messages: [{ role: 'user', text }],
  tools: [],
  maxOutputTokens: 100,
});

async function collect(provider: ModelProvider, request: ModelRequest, options?: { readonly streaming: boolean }): Promise<ModelChunk[]> {
  const chunks: ModelChunk[] = [];
  for await (const chunk of provider.stream(request, never, options)) chunks.push(chunk);
  return chunks;
}

async function failureOf(
  provider: ModelProvider,
  request: ModelRequest,
  signal: AbortSignal = never,
  options?: { readonly streaming: boolean },
): Promise<GatewayError> {
  try {
    for await (const _ of provider.stream(request, signal, options));
  } catch (thrown) {
    return thrown as GatewayError;
  }
  throw new Error('the provider answered although it should have failed');
}

const textOf = (chunks: readonly ModelChunk[]): string => chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
