import { GatewayError } from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import echo from './echo/index.ts';
import { createModels } from './index.ts';
import { toolNames } from './tool-names.ts';

const block = (api: 'openai-completions' | 'echo') => ({
  ...{ api, baseUrl: 'http://127.0.0.1:1/v1', headers: {}, timeout: 1000, prices: {} },
  ...{ endpoints: [], hedgeAfter: 1000, circuit: { failures: 3, openFor: 1000 } },
});

test('A9 echo is there without any configuration', async () => {
  const { provider, providerName, model } = await createModels({ providers: {} }, { env: {} }).resolve('echo/echo');
  expect([providerName, model]).toEqual(['echo', 'echo']);
  const texts: string[] = [];
  const request = { model, messages: [{ role: 'user', text: 'hello big world' } as const], tools: [] };
  for await (const chunk of provider.stream(request, new AbortController().signal)) if (chunk.type === 'text') texts.push(chunk.text);
  expect(texts).toEqual(['echo: ', 'hello ', 'big ', 'world']);
});

test('A9 the part after the first slash is the model, whatever it contains', async () => {
  const models = createModels({ providers: { router: block('openai-completions') } }, { env: {} });
  expect(await models.resolve('router/meta/llama-3:free')).toMatchObject({ providerName: 'router', model: 'meta/llama-3:free' });
});

test.each(['nobody/model', 'anthropic/claude', 'noslash', '/model', 'provider/'])(
  'A9 %s is refused with what is configured',
  async (reference) => {
    const failing = createModels({ providers: { ollama: block('openai-completions') } }, { env: {} }).resolve(reference);
    await expect(failing).rejects.toBeInstanceOf(GatewayError);
    await expect(failing).rejects.toMatchObject({
      code: 'MODEL_NOT_CONFIGURED',
      message: expect.stringContaining(JSON.stringify(reference)),
    });
  },
);

test('A9 the error names the configured providers', async () => {
  const failing = createModels({ providers: { ollama: block('openai-completions') } }, { env: {} }).resolve('x/y');
  await expect(failing).rejects.toMatchObject({ message: expect.stringContaining('echo, ollama') });
});

test('A9 anthropic and openai exist by name when their keys are in the environment', async () => {
  const models = createModels({ providers: {} }, { env: { ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'b' } });
  expect(await models.resolve('anthropic/claude-sonnet-4-20250514')).toMatchObject({ model: 'claude-sonnet-4-20250514' });
  expect(await models.resolve('openai/gpt-5')).toMatchObject({ providerName: 'openai' });
});

test('D a changed provider is made anew and an unchanged one kept', async () => {
  const made: string[] = [];
  const create = (_: unknown, name: string) => {
    made.push(name);
    return echo.create({}, name);
  };
  const kind = async () => ({ ...echo, create });
  const models = createModels({ providers: { a: block('echo'), b: block('echo') } }, { env: {}, kind });
  const ask = () => Promise.all(['a/m', 'b/m'].map((reference) => models.resolve(reference)));
  await ask();
  models.apply({ providers: { a: { ...block('echo'), timeout: 2000 }, b: block('echo') } });
  await ask();
  expect(made).toEqual(['a', 'b', 'a']);
});

test('A5 tool names travel without dots, come back, and never become the same', () => {
  const spec = (name: string) => ({ name, description: '', parameters: {} });
  const names = toolNames({ tools: [spec('clock.now'), spec('clock_now'), spec(`long.${'x'.repeat(80)}`)], messages: [] });
  const wire = ['clock.now', 'clock_now', `long.${'x'.repeat(80)}`].map(names.toWire);
  expect(new Set(wire).size).toBe(3);
  for (const name of wire) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  expect(wire.map(names.fromWire)).toEqual(['clock.now', 'clock_now', `long.${'x'.repeat(80)}`]);
  expect(names.fromWire('invented_by_the_model')).toBe('invented_by_the_model');
});
