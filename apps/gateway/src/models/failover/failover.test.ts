import { GatewayError } from '@openclaw-gateway/events';
import type { ModelChunk, ModelProvider } from '@openclaw-gateway/sdk';
import { describe, expect, test } from 'vitest';
import { AllFailed, type AskChunk } from '../../asked.ts';
import { Endpoint, failover, type Group } from './index.ts';

const REQUEST = { model: 'm', messages: [{ role: 'user', text: 'hi' } as const], tools: [] };
const FINISH: ModelChunk = { type: 'finish', reason: 'stop', usage: { inputTokens: 1, outputTokens: 1 } };
const RULES = { failures: 2, openFor: 1000 };
let now = 0;

type Script = (signal: AbortSignal) => AsyncIterable<ModelChunk>;
const says = (text: string, more: object = {}): Script =>
  async function* () {
    yield { type: 'text', text };
    yield { ...FINISH, ...more } as ModelChunk;
  };
const fails = (code: 'MODEL_UNAVAILABLE' | 'MODEL_REFUSED' | 'MODEL_UNAUTHORIZED' | 'MODEL_RATE_LIMITED', details = {}): Script =>
  async function* () {
    if (code) throw new GatewayError(code, { details });
    yield FINISH;
  };
const diesAfter = (text: string): Script =>
  async function* () {
    yield { type: 'text', text };
    throw new GatewayError('MODEL_BAD_RESPONSE');
  };
const hangs: Script = async function* (signal) {
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new GatewayError('RUN_ABORTED'))));
  yield FINISH;
};

function group(scripts: Readonly<Record<string, Script>>, { model = 'm', hedgeAfter }: { model?: string; hedgeAfter?: number } = {}) {
  const asked: string[] = [];
  const endpoints = Object.entries(scripts).map(([name, script]) => {
    const provider: ModelProvider = {
      stream: (_request, signal) => {
        asked.push(name);
        return script(signal);
      },
    };
    return new Endpoint({ name, weight: 1, provider, rules: RULES, now: () => now });
  });
  const candidates = endpoints.map((endpoint) => ({ endpoint, providerName: 'p', model }));
  const made: Group = { candidates, ...(hedgeAfter !== undefined && { hedgeAfter }) };
  return { asked, endpoints, made };
}

async function ask(groups: readonly Group[], signal = new AbortController().signal): Promise<{ said: AskChunk[]; error?: GatewayError }> {
  const said: AskChunk[] = [];
  try {
    for await (const chunk of failover(groups, () => now).stream(REQUEST, signal)) said.push(chunk);
  } catch (error) {
    return { said, error: error as GatewayError };
  }
  return { said };
}

const moves = (said: readonly AskChunk[]) =>
  said.flatMap((chunk) =>
    chunk.type === 'switch' ? [`${chunk.left?.error.code ?? ''}>${chunk.to?.endpoint ?? ''}:${chunk.to?.because ?? ''}`] : [],
  );
const textOf = (said: readonly AskChunk[]) => {
  const last = said.findLastIndex((chunk) => chunk.type === 'switch');
  return said
    .slice(last + 1)
    .flatMap((chunk) => (chunk.type === 'text' ? [chunk.text] : []))
    .join('');
};

describe('A7 a model behind several endpoints', () => {
  test('A7 one that fails is left for the next, which is told before the next is asked', async () => {
    const { made, asked } = group({ a: fails('MODEL_UNAVAILABLE'), b: says('hello') });
    const { said } = await ask([made]);
    expect([moves(said), textOf(said), asked]).toEqual([['MODEL_UNAVAILABLE>b:failed'], 'hello', ['a', 'b']]);
    const other = group({ a: fails('MODEL_UNAVAILABLE'), b: says('x') });
    const stream = failover([other.made], () => now).stream(REQUEST, new AbortController().signal);
    for await (const chunk of stream) if (chunk.type === 'switch') break;
    expect(other.asked).toEqual(['a']);
  });

  test('A7 an answer that breaks off begins anew elsewhere', async () => {
    const { made } = group({ a: diesAfter('half an ans'), b: says('a whole answer') });
    const { said } = await ask([made]);
    expect([moves(said), textOf(said)]).toEqual([['MODEL_BAD_RESPONSE>b:failed'], 'a whole answer']);
  });

  test('A7 a provider has given back what it holds when its answer is over', async () => {
    let holds = false;
    const careful: Script = async function* (signal) {
      holds = true;
      try {
        yield* says('hello')(signal);
      } finally {
        holds = false;
      }
    };
    const { said } = await ask([group({ a: careful }).made]);
    expect([textOf(said), holds]).toEqual(['hello', false]);
  });

  test('A7 when the first word is late another endpoint is asked as well, and the first to begin answers', async () => {
    const { made, endpoints } = group({ a: hangs, b: says('quick') }, { hedgeAfter: 5 });
    const { said } = await ask([made]);
    expect([moves(said), textOf(said)]).toEqual([['>b:late', 'MODEL_OVERTAKEN>:'], 'quick']);
    expect(endpoints.map(({ health }) => health.inFlight)).toEqual([0, 0]);
  });

  test('A7 a hedge that fails does not end the answer that is waited for', async () => {
    let begin = () => {};
    const waits: Script = async function* () {
      await new Promise<void>((resolve) => {
        begin = resolve;
      });
      yield* says('patience')(new AbortController().signal);
    };
    const failsThen: Script = async function* () {
      begin();
      yield* fails('MODEL_UNAVAILABLE')(new AbortController().signal);
    };
    const { said } = await ask([group({ a: waits, b: failsThen }, { hedgeAfter: 5 }).made]);
    expect(textOf(said.filter((chunk) => chunk.type !== 'switch'))).toBe('patience');
    expect(moves(said)).toContain('>b:late');
  });

  test('A7 after so many failures an endpoint is not asked, and after a while it is tried again', async () => {
    now = 0;
    const { made, asked } = group({ a: fails('MODEL_UNAVAILABLE'), b: says('x') });
    for (let call = 0; call < 12; call++) await ask([made]);
    expect(asked.filter((name) => name === 'a')).toHaveLength(2);
    now = 1000;
    for (let call = 0; call < 12; call++) await ask([made]);
    expect(asked.filter((name) => name === 'a')).toHaveLength(3);
  });

  test('A7 an endpoint that says when to come back is left alone until then, by everyone', async () => {
    now = 0;
    const { made, asked } = group({ a: fails('MODEL_RATE_LIMITED', { retryAfterMs: 500 }), b: says('x') });
    for (let call = 0; call < 6; call++) await ask([made]);
    expect(asked.filter((name) => name === 'a')).toHaveLength(1);
    now = 500;
    await ask([made]);
    await ask([made]);
    expect(asked.filter((name) => name === 'a')).toHaveLength(2);
  });

  test('A7 an answer may say that its limit is spent: then the others are asked', async () => {
    now = 0;
    const { made, asked } = group({ a: says('x', { pauseMs: 100 }), b: says('y') });
    for (let call = 0; call < 5; call++) await ask([made]);
    expect(asked).toEqual(['a', 'b', 'b', 'b', 'b']);
  });

  test('A7 when all want to be left alone nobody is asked, and it says for how long', async () => {
    now = 0;
    const { made, asked } = group({
      a: fails('MODEL_RATE_LIMITED', { retryAfterMs: 900 }),
      b: fails('MODEL_RATE_LIMITED', { retryAfterMs: 300 }),
    });
    expect((await ask([made])).error).toMatchObject({ code: 'MODEL_RATE_LIMITED', retryable: true, details: { retryAfterMs: 300 } });
    expect((await ask([made])).error).toMatchObject({ code: 'MODEL_RATE_LIMITED', details: { retryAfterMs: 300 } });
    expect(asked).toEqual(['a', 'b']);
  });

  test('A7 with every circuit open the answer is still tried for', async () => {
    now = 0;
    const { made, asked } = group({ a: fails('MODEL_UNAVAILABLE'), b: fails('MODEL_UNAVAILABLE') });
    for (let call = 0; call < 4; call++) expect((await ask([made])).error).toBeInstanceOf(AllFailed);
    expect(asked.length).toBe(8);
  });

  test('A7 what no equal endpoint would take is not sent to them', async () => {
    const { made, asked } = group({ a: fails('MODEL_REFUSED', { status: 400 }), b: says('x') });
    const { error } = await ask([made]);
    expect([error?.code, asked]).toEqual(['MODEL_REFUSED', ['a']]);
  });

  test('A7 a wrong key at one endpoint does not make a failure that another may mend a lasting one', async () => {
    const { made } = group({ a: fails('MODEL_UNAVAILABLE'), b: fails('MODEL_UNAUTHORIZED') });
    const { said, error } = await ask([made]);
    expect(error).toMatchObject({ code: 'MODEL_UNAVAILABLE', retryable: true });
    expect(moves(said)).toEqual(['MODEL_UNAVAILABLE>b:failed', 'MODEL_UNAUTHORIZED>:']);
  });

  test('A7 whoever stops asks nobody else', async () => {
    const control = new AbortController();
    const { made, asked, endpoints } = group({ a: hangs, b: says('x') });
    const asking = ask([made], control.signal);
    control.abort();
    expect((await asking).error?.code).toBe('RUN_ABORTED');
    expect([asked, endpoints[0]?.health.inFlight, endpoints[0]?.health.circuit.failures]).toEqual([['a'], 0, 0]);
  });
});

describe('A9 models that stand in for one', () => {
  test('A9 are asked in their order once every endpoint of the model failed, with their own names', async () => {
    const first = group({ a: fails('MODEL_UNAVAILABLE'), b: fails('MODEL_REFUSED', { status: 404 }) });
    const second = group({ c: fails('MODEL_REFUSED', { status: 400 }) }, { model: 'second' });
    const third = group({ d: says('here') }, { model: 'third' });
    const { said } = await ask([first.made, second.made, third.made]);
    expect(textOf(said)).toBe('here');
    expect(said.flatMap((chunk) => (chunk.type === 'switch' && chunk.to ? [chunk.to.model] : []))).toEqual(['m', 'second', 'third']);
  });

  test('A9 are asked at once while the model is left alone, and it is said why', async () => {
    now = 0;
    const first = group({ a: fails('MODEL_UNAVAILABLE') });
    const second = group({ b: says('here') }, { model: 'second' });
    await ask([first.made, second.made]);
    await ask([first.made, second.made]);
    const { said } = await ask([first.made, second.made]);
    expect(moves(said)).toEqual(['MODEL_CIRCUIT_OPEN>b:unavailable']);
    expect(first.asked).toEqual(['a', 'a']);
  });
});
