import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createEgress } from '../../operations/egress/index.ts';
import { toolBench } from '../testing.ts';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** As where the operator lets models reach this machine. */
const bench = () => toolBench({}, createEgress({ allowed: ['127.0.0.0/8'], blocked: [] }));
const page = (html: string, type = 'text/html; charset=utf-8') =>
  serve((_, response) => response.writeHead(200, { 'content-type': type }).end(html));

test('A5 of a page the title, what a reader sees and the links are read', async () => {
  const url = await page(`<html><head><title> A &amp; B </title><style>p{}</style></head><body><h1>Head</h1>
    <script>alert(1)</script><p>One <b>two</b><br>three</p><a href="/next">Next</a><a href="javascript:x()">No</a><noscript>hidden</noscript></body>`);
  expect(await (await bench()).run('web.fetch', { url })).toEqual({
    url: `${url}/`,
    status: 200,
    contentType: 'text/html; charset=utf-8',
    title: 'A & B',
    text: 'Head\n\nOne two\nthree\nNextNo',
    links: [{ text: 'Next', url: `${url}/next` }],
  });
});

test('A5 text is read in its character set, a long one part by part, and what is no text is only named', async () => {
  const { run } = await bench();
  const latin = await serve((_, response) =>
    response.writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' }).end(Buffer.from('caf\xe9', 'latin1')),
  );
  expect(await run('web.fetch', { url: latin })).toMatchObject({ text: 'café' });
  const long = await page('y'.repeat(40_000), 'text/plain');
  expect(await run('web.fetch', { url: long })).toMatchObject({ nextOffset: 30_000, omittedCharacters: 10_000 });
  expect((await run('web.fetch', { url: long, offset: 30_000 }))['text']).toHaveLength(10_000);
  const image = await serve((_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([0x89, 0, 1, 2])));
  expect(await run('web.fetch', { url: image })).toMatchObject({ binary: true, sizeBytes: 4 });
});

test('A5 a long page in Chinese, with as many links as there may be, is read part by part within the limit of a result', async () => {
  const { run } = await bench();
  const said = '漢字'.repeat(25_000);
  const links = Array.from({ length: 60 }, (_, at) => `<a href="/${at}${'x'.repeat(900)}">${'連結'.repeat(60)}</a>`);
  const url = await page(`<head><title>${'標題'.repeat(150)}</title></head><p>${said}</p>${links.join('')}`);
  let read = '';
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const result: Record<string, unknown> = await run('web.fetch', { url, offset });
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(64 * 1024);
    expect((result['links'] as object[]).length + (result['omittedLinks'] as number)).toBe(60);
    read += result['text'];
    offset = result['nextOffset'] as number | undefined;
    expect(typeof result['omittedCharacters']).toBe(offset === undefined ? 'undefined' : 'number');
  }
  expect(read.startsWith(said)).toBe(true);
});

test('A5 a redirect to the same server is followed, one to another is the model’s to ask for', async () => {
  const { run } = await bench();
  const other = await page('other');
  const url = await serve(({ url: path }, response) => {
    if (path === '/') return response.writeHead(302, { location: '/here' }).end();
    if (path === '/away') return response.writeHead(302, { location: other }).end();
    if (path === '/loop') return response.writeHead(302, { location: '/loop' }).end();
    response.writeHead(200, { 'content-type': 'text/plain' }).end('here');
  });
  expect(await run('web.fetch', { url })).toMatchObject({ url: `${url}/here`, text: 'here' });
  expect(await run('web.fetch', { url: `${url}/away` })).toEqual({ url: `${url}/away`, status: 302, redirectedTo: `${other}/` });
  await expect(run('web.fetch', { url: `${url}/loop` })).rejects.toMatchObject({ message: expect.stringContaining('more than 5 times') });
});

test('A5 an answer without end is cut, and one that does not come ends with the run', async () => {
  const { run } = await bench();
  const endless = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const more = () => {
      while (!response.destroyed && response.write('z'.repeat(65_536)));
    };
    response.on('drain', more).on('error', () => undefined);
    more();
  });
  expect(await run('web.fetch', { url: endless })).toMatchObject({ cutAtBytes: 2 * 1024 * 1024 });
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const silent = await serve(() => resolve());
  const control = new AbortController();
  const call = run('web.fetch', { url: silent }, { signal: control.signal });
  const refusal = expect(call).rejects.toMatchObject({ code: 'RUN_ABORTED' });
  await asked;
  control.abort();
  await refusal;
});

describe('what is not on the internet is not reached', () => {
  test.each([
    'http://127.0.0.1:1/',
    'http://localhost/',
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://0.0.0.0/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://[fd00::1]/',
  ])('A5 %s', async (url) => {
    const { run } = await toolBench();
    await expect(run('web.fetch', { url })).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
  });

  test.each(['file:///etc/passwd', 'ftp://example.com/', 'data:text/html,x', 'javascript:1', 'http://ann:pw@example.com/', 'nonsense'])(
    'A5 %s',
    async (url) => {
      const { run } = await toolBench();
      await expect(run('web.fetch', { url })).rejects.toMatchObject({ code: 'TOOL_BAD_ARGUMENTS' });
    },
  );
});

test('A5 a hostile page takes no time', async () => {
  const { run } = await bench();
  const url = await page('<div>'.repeat(200_000) + '<a '.repeat(50_000) + '&'.repeat(100_000));
  const startedAt = performance.now();
  await run('web.fetch', { url });
  expect(performance.now() - startedAt).toBeLessThan(5000);
});
