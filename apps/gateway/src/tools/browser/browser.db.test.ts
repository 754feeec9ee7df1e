/** The browser tools with a real Chromium and real servers. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InboundAttachment, ToolContext } from '@openclaw-gateway/sdk';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createEgress, type Egress } from '../../operations/egress/index.ts';
import { toolBench } from '../testing.ts';
import { openProxy } from './proxy.ts';
import { browserProgram, removeProgram, site } from './testing.ts';

let program: string;
beforeAll(async () => {
  program = await browserProgram();
}, 120_000);
afterAll(() => removeProgram(program));

/** The names of a world in which every site is on the internet, that is: on a loopback address that the operator lets models reach. */
const NAMES: Readonly<Record<string, string>> = {
  localhost: '127.0.0.1',
  'shop.test': '127.0.0.2',
  'inside.test': '10.1.2.3',
  'this.test': '127.0.0.1',
};

function world(allowed: readonly string[] = ['127.0.0.2/32']): Egress {
  return createEgress(
    { allowed, blocked: [] },
    {
      resolve: (name, done) => {
        const address = NAMES[name];
        if (address === undefined) done(Object.assign(new Error(`${name} has no address`), { code: 'ENOTFOUND' }), []);
        else done(null, [{ address, family: 4 }]);
      },
    },
  );
}

type Settings = { readonly timeout?: string; readonly idle?: string; readonly maxSessions?: number; readonly memory?: string };

async function bench(settings: Settings = {}, egress = world()) {
  const browser = { executable: program, sandbox: false, timeout: '60s', ...settings };
  const { run } = await toolBench({ browser }, egress);
  return (name: string, args: object = {}, over: Partial<ToolContext> = {}) => run(`browser.${name}`, args, over);
}

const OUT = '127.0.0.2';
const refOf = (seen: Record<string, unknown>, what: string): string => {
  const line =
    String(seen['snapshot'])
      .split('\n')
      .find((each) => each.includes(what)) ?? '';
  return /\[ref=(\w+)\]/.exec(line)?.[1] ?? expect.fail(`no ${what} in\n${String(seen['snapshot'])}`);
};
const groups = new Set<string>();
/** The processes of every browser that this test process has started; those that nobody has collected yet run no more. */
const processes = (): readonly string[] => {
  const rows = execFileSync('ps', ['-A', '-o', 'ppid=,pgid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  for (const [parent, group = '', , ...args] of rows) {
    if (parent === String(process.pid) && args.some((arg) => arg.startsWith('--host-resolver-rules'))) groups.add(group);
  }
  return rows.filter(([, group = '', stat = '']) => groups.has(group) && !stat.startsWith('Z')).map((row) => row.join(' '));
};

describe('what is done on a page', () => {
  test('A5 a page is opened, clicked, written into, read, seen, waited for and left', async () => {
    const late = Promise.withResolvers<void>();
    const shop = await site(
      {
        '/late': (_, response) => void late.promise.then(() => response.end()),
        '/': '<title>Shop</title><h1>Welcome</h1><a href="/list">All things</a>',
        '/list': `<title>List</title><form action="/found"><input name="q" aria-label="Search"><select name="c" aria-label="Colour"><option>red<option>blue</select></form>
          <button onclick="fetch('/late').then(() => document.body.append('It came late'))">Later</button>`,
        '/found': (request, response) =>
          response
            .writeHead(200, { 'content-type': 'text/html' })
            .end(`<!doctype html><title>Found</title><p>You asked ${request.url}</p>`),
      },
      OUT,
    );
    const run = await bench();
    const home = await run('open', { url: `http://shop.test:${shop.port}/` });
    expect(home).toMatchObject({ url: `http://shop.test:${shop.port}/`, title: 'Shop', status: 200 });
    expect(home['snapshot']).toContain('heading "Welcome"');

    const list = await run('click', { ref: refOf(home, 'All things') });
    expect(list).toMatchObject({ title: 'List' });
    await run('type', { ref: refOf(list, 'combobox "Colour"'), text: 'blue' });
    const clicked = await run('click', { ref: refOf(list, 'button "Later"') });
    expect(clicked['snapshot']).not.toContain('It came late');
    late.resolve();
    expect((await run('wait', { text: 'It came late', ms: 20_000 }))['snapshot']).toContain('It came late');

    const found = await run('type', { ref: refOf(list, 'textbox "Search"'), text: 'tea & milk', submit: true });
    expect(found).toMatchObject({ title: 'Found' });
    expect(await run('extract')).toMatchObject({ text: 'You asked /found?q=tea+%26+milk&c=blue' });
    expect(await run('back')).toMatchObject({ title: 'List' });

    let picture = Buffer.alloc(0);
    const show = async (file: InboundAttachment) => {
      for await (const part of await file.open(new AbortController().signal)) picture = Buffer.concat([picture, part]);
      return { name: 'page.jpg', mimeType: 'image/jpeg', size: picture.length };
    };
    expect(await run('screenshot', { fullPage: true }, { show })).toMatchObject({ title: 'List', image: { mimeType: 'image/jpeg' } });
    expect(picture.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
  }, 120_000);

  test('A5 a long page is read part by part, and a page that another one opens is the open one until it is left', async () => {
    const shop = await site(
      {
        '/': `<title>Long</title><p>${'長い文章 '.repeat(9000)}</p><a href="/new" target="_blank">New</a>`,
        '/new': '<title>New one</title>',
      },
      OUT,
    );
    const run = await bench();
    const opened = await run('open', { url: shop.url });
    expect(opened['nextOffset']).toBe(8000);
    const first = await run('extract');
    expect(first['nextOffset']).toBe(20_000);
    expect(await run('extract', { offset: 20_000 })).toMatchObject({ nextOffset: 40_000 });
    const link = await run('extract', { what: 'snapshot', offset: 40_000 });
    await run('click', { ref: refOf(link, 'link "New"') });
    await vi.waitFor(async () => expect(await run('extract')).toMatchObject({ title: 'New one' }), { timeout: 20_000 });
    expect(await run('back')).toMatchObject({ title: 'Long' });
  }, 120_000);

  test('A5 what is not there fails with a sentence, and the browser goes on', async () => {
    const shop = await site({ '/': '<title>Here</title>' }, OUT);
    const run = await bench();
    await run('open', { url: shop.url });
    await expect(run('click', { ref: 'e999' })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
    await expect(run('wait', { text: 'Never', ms: 100 })).rejects.toMatchObject({ code: 'TOOL_FAILED' });
    await expect(run('open', { url: 'http://no-such.test/' })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('no-such.test has no address'),
    });
    expect(await run('open', { url: shop.url })).toMatchObject({ title: 'Here' });
  }, 120_000);

  test('A5 two conversations share nothing', async () => {
    const shop = await site(
      {
        '/': (_, response) =>
          response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'who=ann; Path=/' }).end('<title>x</title>'),
      },
      OUT,
    );
    const run = await bench();
    await run('open', { url: shop.url }, { sessionId: 'ses_ann' });
    await run('open', { url: `${shop.url}/?2` }, { sessionId: 'ses_ann' });
    await run('open', { url: `${shop.url}/?3` }, { sessionId: 'ses_bob' });
    const of = (query: string) => shop.cookies[shop.asked.indexOf(`GET /${query}`)];
    expect([of('?2'), of('?3')]).toEqual(['who=ann', undefined]);
  }, 120_000);
});

describe('what is not on the internet is not reached', () => {
  const INSIDE = [
    'http://127.0.0.1:8081/',
    'http://localhost/',
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'http://192.168.1.1/',
    'http://2130706433/',
    'http://[::ffff:127.0.0.1]/',
    'http://[fd00::1]/',
    'http://inside.test/',
    'https://this.test/',
  ];
  test('A5 this machine, private networks and metadata services, however they are written', async () => {
    const run = await bench();
    for (const url of INSIDE) await expect(run('open', { url }), url).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
  }, 180_000);

  test.each([
    'file:///etc/passwd',
    'chrome://version',
    'data:text/html,x',
    'javascript:1',
    'view-source:http://shop.test/',
    'http://ann:pw@shop.test/',
  ])('A5 %s', async (url) => {
    const run = await bench();
    await expect(run('open', { url })).rejects.toMatchObject({ code: 'TOOL_BAD_ARGUMENTS' });
  });

  test('A5 not by a redirect, a part of the page, a request, a socket, a frame or a name that means another machine a moment later', async () => {
    const secret = await site({ '/': '<title>secret</title>' });
    secret.server.on('upgrade', (_, socket) => {
      secret.asked.push('UPGRADE');
      socket.destroy();
    });
    let lookUps = 0;
    const rebinding = createEgress(
      { allowed: ['127.0.0.2/32'], blocked: [] },
      {
        resolve: (name, done) => {
          if (name === 'turns.test') lookUps += 1;
          const address = name === 'turns.test' && lookUps > 1 ? '127.0.0.1' : OUT;
          done(null, [{ address, family: 4 }]);
        },
      },
    );
    const shop = await site(
      {
        '/redirect': (_, response) => response.writeHead(302, { location: secret.url }).end(),
        '/parts': `<title>parts</title><img src="${secret.url}/img"><script src="${secret.url}/js"></script><iframe src="${secret.url}/frame"></iframe>
          <iframe src="file:///etc/passwd"></iframe><link rel="prefetch" href="${secret.url}/prefetch"><link rel="dns-prefetch" href="${secret.url}">
          <script>
            const done = (what) => { const p = document.createElement('p'); p.textContent = what; document.body.append(p) };
            addEventListener('load', async () => {
              await fetch('${secret.url}/fetch', { mode: 'no-cors' }).then(() => done('fetch REACHED'), () => done('fetch failed'));
              navigator.sendBeacon('${secret.url}/beacon');
              const socket = new WebSocket('ws://127.0.0.1:${secret.port}/ws');
              socket.onopen = () => done('socket REACHED');
              socket.onerror = () => done('socket failed');
            });
          </script>`,
        '/first': '<title>first</title>',
        '/click': `<title>click</title><a href="${secret.url}">In</a><a href="file:///etc/passwd">File</a>`,
      },
      OUT,
    );
    const run = await bench({}, rebinding);
    const refused = { code: 'EGRESS_REFUSED', message: expect.stringContaining(`127.0.0.1:${secret.port}`) };
    await expect(run('open', { url: `${shop.url}/redirect` })).rejects.toMatchObject(refused);

    await run('open', { url: `${shop.url}/parts` });
    const parts = await run('wait', { text: 'socket failed', ms: 20_000 });
    expect(parts['snapshot']).toContain('fetch failed');
    expect(parts['snapshot']).not.toContain('root:');

    const click = await run('open', { url: `${shop.url}/click` });
    await expect(run('click', { ref: refOf(click, 'link "In"') })).rejects.toMatchObject(refused);
    const again = await run('open', { url: `${shop.url}/click` });
    const file = await run('click', { ref: refOf(again, 'link "File"') });
    expect(file['url']).toBe(`${shop.url}/click`);

    expect(await run('open', { url: `http://turns.test:${shop.port}/first` })).toMatchObject({ title: 'first' });
    shop.server.closeAllConnections();
    await expect(run('open', { url: `http://turns.test:${secret.port}/` })).rejects.toMatchObject({ code: 'EGRESS_REFUSED' });
    expect(secret.asked).toEqual([]);
  }, 120_000);

  test('A5 nothing leaves by UDP: no WebRTC, no WebTransport, no QUIC', async () => {
    const heard: string[] = [];
    const ear = createSocket('udp4', (message) => void heard.push(message.toString('hex')));
    await new Promise<void>((resolve) => ear.bind(0, OUT, resolve));
    onTestFinished(() => void ear.close());
    const { port } = ear.address() as AddressInfo;
    const shop = await site(
      {
        '/': `<title>udp</title><iframe id="f"></iframe><script>
          const said = [];
          for (const where of [window, document.getElementById('f').contentWindow]) {
            try {
              const peer = new where.RTCPeerConnection({ iceServers: [{ urls: 'stun:${OUT}:${port}' }] });
              peer.createDataChannel('x'); peer.createOffer().then((offer) => peer.setLocalDescription(offer));
              said.push('rtc made');
            } catch (error) { said.push('rtc ' + error.name) }
          }
          const worker = new Worker(URL.createObjectURL(new Blob(["try { new WebTransport('https://${OUT}:${port}/').ready.catch(() => postMessage('no transport')) } catch { postMessage('no transport') }"])));
          worker.onmessage = ({ data }) => { document.body.append(said.join(', ') + ', ' + data) };
        </script>`,
      },
      OUT,
    );
    const run = await bench();
    await run('open', { url: shop.url });
    const { snapshot } = await run('wait', { text: 'no transport', ms: 20_000 });
    expect(snapshot).toMatch(/rtc (TypeError|ReferenceError)/);
    await run('wait', { ms: 1500 });
    expect(heard).toEqual([]);
  }, 120_000);

  test('A5 downloads, dialogs and permissions are refused, and the model is told', async () => {
    const shop = await site(
      {
        '/': `<title>asks</title><a href="/file">Get</a><button onclick="document.title = String(confirm('Sure?'))">Ask</button>
          <button onclick="navigator.geolocation.getCurrentPosition(() => { document.title = 'there' }, (e) => { document.title = 'denied ' + e.code })">Where</button>`,
        '/file': (_, response) => response.writeHead(200, { 'content-disposition': 'attachment; filename=x.exe' }).end('MZ'),
      },
      OUT,
    );
    const run = await bench();
    const page = await run('open', { url: shop.url });
    expect(await run('click', { ref: refOf(page, 'button "Ask"') })).toMatchObject({ title: 'false', refused: ['a dialog: Sure?'] });
    await run('click', { ref: refOf(page, 'button "Where"') });
    await vi.waitFor(async () => expect((await run('extract'))['title']).toMatch(/^denied/), { timeout: 20_000 });
    expect(await run('click', { ref: refOf(page, 'link "Get"') })).toMatchObject({ refused: [`a download: ${shop.url}/file`] });
  }, 120_000);
});

test('A5 the proxy answers nobody without its credential', async () => {
  const secret = await site({ '/': 'x' }, OUT);
  const proxy = await openProxy(world().to());
  onTestFinished(proxy.close);
  const ask = (method: string, path: string, headers = {}) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(proxy.url);
      const request = httpRequest({ host: '127.0.0.1', port, method, path, headers });
      request.on('response', ({ statusCode }) => resolve(statusCode)).on('error', reject);
      request.on('connect', ({ statusCode }, socket) => {
        socket.destroy();
        resolve(statusCode);
      });
      request.end();
    });
  const { username, password } = proxy;
  const credential = { 'proxy-authorization': `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  const wrong = { 'proxy-authorization': `Basic ${Buffer.from(`${username}:${'x'.repeat(32)}`).toString('base64')}` };
  const place = `${OUT}:${secret.port}`;
  expect(await ask('GET', `http://${place}/`)).toBe(407);
  expect(await ask('GET', `http://${place}/`, wrong)).toBe(407);
  expect(await ask('CONNECT', place)).toBe(407);
  expect(secret.asked).toEqual([]);
  expect(await ask('GET', `http://${place}/`, credential)).toBe(200);
  expect(await ask('CONNECT', place, credential)).toBe(200);
  expect(await ask('CONNECT', `127.0.0.1:${secret.port}`, credential)).toBe(403);
  expect(await ask('GET', '/', credential)).toBe(400);
  expect(proxy.refused()).toEqual([`127.0.0.1:${secret.port}`]);
});

describe('the end of a browser', () => {
  test('A5 tools.browser.timeout ends a call and all processes of its browser, and the next call has a new one', async () => {
    const shop = await site({ '/': '<title>fine</title>', '/hang': '<title>hangs</title><script>for (;;) ;</script>' }, OUT);
    const run = await bench({ timeout: '20s' });
    await run('open', { url: shop.url });
    expect(processes().length).toBeGreaterThan(2);
    await expect(run('open', { url: `${shop.url}/hang` })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('longer than 20 s'),
    });
    await vi.waitFor(() => expect(processes()).toEqual([]), { timeout: 20_000 });
    expect(await run('open', { url: shop.url })).toMatchObject({ title: 'fine' });
  }, 180_000);

  test('A5 a cancelled run ends its browser, and no other', async () => {
    const silent = Promise.withResolvers<void>();
    const shop = await site({ '/': '<title>fine</title>', '/silent': () => silent.resolve() }, OUT);
    const run = await bench();
    await run('open', { url: shop.url }, { sessionId: 'ses_other' });
    const before = processes().length;
    expect(before).toBeGreaterThan(2);
    const control = new AbortController();
    const call = run('open', { url: `${shop.url}/silent` }, { signal: control.signal });
    const refusal = expect(call).rejects.toMatchObject({ code: 'RUN_ABORTED' });
    await silent.promise;
    control.abort();
    await refusal;
    await vi.waitFor(() => expect(processes().length).toBeLessThanOrEqual(before), { timeout: 20_000 });
    expect(await run('extract', {}, { sessionId: 'ses_other' })).toMatchObject({ title: 'fine' });
  }, 120_000);

  test('A5 tools.browser.idle closes a browser that nobody uses', async () => {
    const shop = await site({ '/': '<title>fine</title>' }, OUT);
    const run = await bench({ idle: '1s' });
    await run('open', { url: shop.url });
    await vi.waitFor(() => expect(processes()).toEqual([]), { timeout: 30_000 });
  }, 120_000);

  test('A5 tools.browser.maxSessions gives the place of the one that is idle longest away', async () => {
    const shop = await site({ '/': '<title>fine</title>' }, OUT);
    const run = await bench({ maxSessions: 1 });
    await run('open', { url: shop.url }, { sessionId: 'ses_a' });
    await run('open', { url: shop.url }, { sessionId: 'ses_b' });
    await vi.waitFor(() => expect(processes().filter((line) => !line.includes('--type='))).toHaveLength(1), { timeout: 20_000 });
    expect(await run('extract', {}, { sessionId: 'ses_a' })).toMatchObject({ url: 'about:blank' });
  }, 120_000);

  test('A5 tools.browser.memory ends a browser that takes more', async () => {
    const greedy = `<title>greedy</title><button onclick="eat()">Eat</button><script>
      const all = [];
      const eat = () => setInterval(() => { if (all.length < 30) all.push(new Uint8Array(20e6).fill(1)) }, 150);
    </script>`;
    const shop = await site({ '/': greedy }, OUT);
    const run = await bench({ memory: '400m' });
    const page = await run('open', { url: shop.url });
    const untilEnded = async () => {
      await run('click', { ref: refOf(page, 'button "Eat"') });
      for (;;) await run('wait', { ms: 20_000 });
    };
    await expect(untilEnded()).rejects.toMatchObject({ code: 'TOOL_FAILED', message: expect.stringContaining('tools.browser.memory') });
    await vi.waitFor(() => expect(processes()).toEqual([]), { timeout: 20_000 });
  }, 120_000);
});

test('A5 tools.browser.executable that is not there is told with what to do', async () => {
  const { run } = await toolBench({ browser: { executable: '/no/such/browser' } }, world());
  await expect(run('browser.open', { url: 'http://shop.test/' })).rejects.toMatchObject({
    code: 'BROWSER_NOT_FOUND',
    message: expect.stringContaining('/no/such/browser'),
  });
});

test.runIf(process.getuid?.() === 0)(
  'A5 tools.browser.sandbox is on unless it is switched off, and why it cannot be had is told',
  async () => {
    const { run } = await toolBench({ browser: { executable: program } }, world());
    await expect(run('browser.open', { url: 'http://shop.test/' })).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('tools.browser.sandbox'),
    });
  },
  120_000,
);
