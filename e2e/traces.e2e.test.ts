import { idToBytes } from '@openclaw-gateway/events';
import { afterEach, describe, expect, test } from 'vitest';
import { type GatewayProcess, startGateway, until } from './gateway-process.ts';
import { startOpenAi } from './stand-ins/openai.ts';
import { type CollectedSpan, type Collector, startCollector } from './stand-ins/otlp.ts';

type Receipt = { readonly messageId: string; readonly sessionId: string };

const SECRET_QUESTION = 'what is the colour of the moon';
const SECRET_ANSWER = 'the moon is grey';

const cleanups: (() => PromiseLike<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function collector(): Promise<Collector> {
  const started = await startCollector();
  cleanups.push(started.close);
  return started;
}

/** A gateway whose model calls a tool and then answers. */
async function tracing(traces: object): Promise<GatewayProcess> {
  const model = await startOpenAi({ answer: { text: SECRET_ANSWER } });
  model.script({ toolCalls: [{ name: 'clock_now', arguments: { timezone: 'Europe/Berlin' } }] }, { text: SECRET_ANSWER });
  cleanups.push(model.close);
  const gateway = await startGateway({
    config: {
      gateway: { monitoring: { traces: { enabled: true, ...traces } } },
      models: { providers: { openai: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } } },
      agents: { defaults: { model: 'openai/gpt-test', tools: ['clock.now'] } },
    },
  });
  cleanups.push(() => gateway[Symbol.asyncDispose]());
  return gateway;
}

const ask = (gateway: GatewayProcess, headers: Readonly<Record<string, string>> = {}) =>
  gateway.json<Receipt>('/api/messages?wait=20s', {
    method: 'POST',
    headers,
    body: JSON.stringify({ from: 'anna', text: SECRET_QUESTION }),
  });

const whole = (spans: readonly CollectedSpan[]) =>
  until(
    'the whole trace arrives',
    () => (spans.some(({ name }) => name === 'message http') && spans.some(({ name }) => name === 'deliver http')) || undefined,
  );

describe('gateway.monitoring.traces', () => {
  test('gateway.monitoring.traces.{enabled,endpoint}: a message is one trace, by the conventions for generative AI, whose id is that of the message', async () => {
    const { url, spans } = await collector();
    const gateway = await tracing({ endpoint: url });
    const { messageId, sessionId } = await ask(gateway);
    await whole(spans);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const tree = spans.map((span) => `${byId.get(span.parentSpanId ?? '')?.name ?? '-'} > ${span.name}`);
    expect(tree.toSorted()).toEqual(
      [
        '- > message http',
        'message http > receive http',
        'message http > admit',
        'message http > route',
        'message http > queue',
        'message http > invoke_agent main',
        'invoke_agent main > chat gpt-test',
        'invoke_agent main > execute_tool clock.now',
        'invoke_agent main > chat gpt-test',
        'message http > deliver http',
      ].toSorted(),
    );
    const traceId = Buffer.from(idToBytes('message', messageId)).toString('hex');
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const named = (name: string) => spans.find((span) => span.name === name);
    expect(named('chat gpt-test')).toMatchObject({
      kind: 3,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-test',
        'gen_ai.conversation.id': sessionId,
        'gen_ai.usage.input_tokens': 11,
        'gen_ai.usage.output_tokens': 7,
        'gen_ai.response.finish_reasons': [expect.any(String)],
      },
    });
    expect(named('invoke_agent main')?.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'main',
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.input_tokens': 22,
    });
    expect(named('execute_tool clock.now')?.attributes).toMatchObject({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'clock.now',
    });
    expect(named('message http')?.resource).toMatchObject({ 'service.name': 'openclaw-gateway', 'service.version': expect.any(String) });
    for (const span of spans) expect(span.endMs, span.name).toBeGreaterThanOrEqual(span.startMs);
  });

  test('gateway.monitoring.traces.captureContent: without it no word that anyone wrote leaves, with it they do', async () => {
    const without = await collector();
    await ask(await tracing({ endpoint: without.url }));
    await whole(without.spans);
    expect(JSON.stringify(without.spans)).not.toMatch(new RegExp(`${SECRET_QUESTION}|${SECRET_ANSWER}|Berlin|anna`));

    const withContent = await collector();
    await ask(await tracing({ endpoint: withContent.url, captureContent: true }));
    await whole(withContent.spans);
    const named = (name: string) => withContent.spans.filter((span) => span.name === name).map(({ attributes }) => attributes);
    expect(named('invoke_agent main')[0]?.['gen_ai.input.messages']).toBe(
      JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: SECRET_QUESTION }] }]),
    );
    expect(named('chat gpt-test').map((attributes) => attributes['gen_ai.output.messages'])).toEqual(
      expect.arrayContaining([expect.stringContaining(SECRET_ANSWER), expect.stringContaining('"tool_call"')]),
    );
    const [tool] = named('execute_tool clock.now');
    expect(tool?.['gen_ai.tool.call.arguments']).toBe('{"timezone":"Europe/Berlin"}');
    expect(tool?.['gen_ai.tool.call.result']).toContain('Europe/Berlin');
  });

  test("gateway.monitoring.traces.{headers,headers.*} are sent and stay secret, and a caller's traceparent is gone on with", async () => {
    const { url, spans, headers } = await collector();
    const gateway = await tracing({ endpoint: url, headers: { 'x-api-key': 'collector-key-123456' } });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await ask(gateway, { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    await whole(spans);
    expect(headers()['x-api-key']).toBe('collector-key-123456');
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    expect(spans.find(({ name }) => name === 'message http')?.parentSpanId).toBe('b7ad6b7169203331');
    expect((await gateway.command(['config', 'get'])).stdout).not.toContain('collector-key');
  });

  test('a collector that fails harms nobody, is one line in the log and a figure, and is said to work again; off is off at once', async () => {
    const broken = await collector();
    broken.answer = 400;
    const gateway = await tracing({ endpoint: broken.url });
    const status = async () =>
      (await gateway.json<{ details: { traces: { state: string; problem?: string } } }>('/health?detailed=1')).details.traces;
    expect(await ask(gateway)).toMatchObject({ status: 'delivered' });
    await until('it is seen to fail', async () => (await status()).state === 'failing' || undefined);
    await ask(gateway);
    await until('another batch fails', () => broken.requests() >= 2 || undefined);
    const figures = await (await gateway.request('/metrics')).text();
    expect(Number(/^openclaw_trace_export_failures_total (\d+)$/m.exec(figures)?.[1])).toBeGreaterThanOrEqual(1);
    broken.answer = 200;
    await ask(gateway);
    await until('it works again', async () => (await status()).state === 'running' || undefined);
    const { stdout } = await gateway.command(['logs', '--tail', '500', '--grep', 'traces are', '--json']);
    expect(stdout.match(/traces are not taken/g)).toHaveLength(1);
    expect(stdout.match(/traces are taken again/g)).toHaveLength(1);
    await gateway.command(['config', 'set', 'gateway.monitoring.traces.enabled', 'false']);
    await until('it is off', async () => (await status()).state === 'off' || undefined);
  });
});
