import { createServer, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { listModels, preferred } from './model-list.ts';

let server: Server | undefined;
afterEach(() => server?.close());

/** A provider on a real socket that answers like this. */
async function provider(status: number, body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  server = createServer((request, response) => {
    if (request.url !== '/v1/models') response.writeHead(404).end();
    else if (status === 200 && request.headers.authorization !== 'Bearer the-key') response.writeHead(401).end('{}');
    else response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { name: 'house', api: 'openai-completions', baseUrl: `http://127.0.0.1:${port}/v1/`, keyVariable: 'KEY' } as const;
}

const models = (...ids: readonly string[]) => JSON.stringify({ data: ids.map((id, index) => ({ id, created: index })) });

it('B6 lists the models that chat, newest first', async () => {
  const house = await provider(200, models('old', 'text-embedding-3', 'models/new'));
  expect(await listModels(house, { KEY: 'the-key' })).toEqual({ models: ['new', 'old'] });
  expect(preferred(['new', 'old'], /^o/)).toBe('old');
  expect(preferred(['new', 'old'], /^x/)).toBe('new');
});

it.each([
  ['a key that it does not take', 200, models('a'), {}, 'it does not take the key in KEY'],
  ['an outage', 503, '', { KEY: 'the-key' }, 'it answered with HTTP 503'],
  ['a web page', 200, '<!doctype html>', { KEY: 'the-key' }, 'what it answered is no list of models'],
  ['another document', 200, '{"data":7}', { KEY: 'the-key' }, 'it has no model that chats'],
  ['an endless list', 200, models('x'.repeat(9_000_000)), { KEY: 'the-key' }, 'its list of models is too long'],
])('B6 says of %s what it is', async (_name, status, body, env, problem) => {
  expect(await listModels(await provider(status, body), env)).toEqual({ problem });
});

it('B6 does not follow a redirect, to which the key would go along', async () => {
  const house = await provider(302, '', { location: 'http://127.0.0.1:1/v1/models' });
  expect(await listModels(house, { KEY: 'the-key' })).toEqual({ problem: expect.any(String) });
});

it('B6 says that nothing listens', async () => {
  const gone = await provider(200, '');
  await new Promise((resolve) => server?.close(resolve));
  expect(await listModels(gone, {})).toEqual({ problem: 'nothing listens there' });
});
