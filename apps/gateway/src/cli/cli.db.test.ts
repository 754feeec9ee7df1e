import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandResult, runOpenclaw } from './testing/openclaw.ts';

type Request = { readonly method: string; readonly url: string; readonly token: string | undefined; readonly body: unknown };
type Answer = { readonly status?: number; readonly body: unknown };

let dir: string;
let server: Server | undefined;
let requests: Request[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-cli-'));
  requests = [];
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(dir, { recursive: true });
});

const openclaw = (...args: string[]): Promise<CommandResult> => runOpenclaw(dir, args);

const configure = (text: string) => writeFile(join(dir, 'openclaw.json'), text);
const json = (result: CommandResult) => JSON.parse(result.stdout) as Record<string, unknown>;

/** A gateway on a real socket that gives these answers; the configuration points to it. */
async function fakeGateway(answers: Readonly<Record<string, Answer>>): Promise<number> {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const { method = '', url = '' } = request;
      requests.push({ method, url, token: request.headers.authorization, body: body === '' ? undefined : JSON.parse(body) });
      const answer =
        answers[`${method} ${url.split('?')[0]}`] ?? (url === '/readyz' ? { body: { ready: true } } : { status: 404, body: {} });
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await configure(`{ gateway: { network: { port: ${port} } } }`);
  await writeFile(join(dir, 'gateway-token'), 'the-token\n');
  return port;
}

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const probe = createTcpServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

const EVENT = { position: 7, time: 1_700_000_000_000, type: 'message.received', severity: 'info', summary: 'http message: \u001b[31mHi' };

describe('openclaw', () => {
  it('B7 prints its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await openclaw('version')).toEqual({ code: 0, stdout: `openclaw ${version}\n`, stderr: '' });
    expect((await openclaw('--version')).stdout).toBe(`openclaw ${version}\n`);
    expect(json(await openclaw('version', '--json'))).toMatchObject({ version });
  });

  it.each([
    [['gateway', 'stauts'], "Unknown command 'stauts'. Did you mean status?"],
    [['gatway'], "Unknown command 'gatway'. Did you mean gateway?"],
    [['message', 'send', '--to', 'x'], "Required option '--message <text>' not specified."],
    [['gateway', 'run', '--port', '70000'], 'Expected a port from 0 to 65535.'],
    [['events', 'list', '--limit', 'many'], 'Expected a whole number.'],
    [['config', 'get', 'a..b'], 'is not the path of a key'],
  ])('answers %j with what is wrong, and exit code 2', async (args, message) => {
    const result = await openclaw(...args);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`error: `);
    expect(result.stderr).toContain(message);
    expect(result.stdout).toBe('');
    expect(json(await openclaw(...args, '--json'))).toMatchObject({
      ok: false,
      error: { code: 'USAGE', message: expect.stringContaining(message) },
    });
  });

  it("explains a command at any depth, as the command's own --help does", async () => {
    for (const command of [['gateway'], ['gateway', 'run'], ['config', 'set']]) {
      const result = await openclaw('help', ...command);
      expect(result).toEqual({ code: 0, stdout: expect.stringContaining(`Usage: openclaw ${command.join(' ')} `), stderr: '' });
      expect(result.stdout).toBe((await openclaw(...command, '--help')).stdout);
    }
    expect((await openclaw('help')).stdout).toBe((await openclaw('--help')).stdout);
    expect((await openclaw('gateway', 'help', 'run')).stdout).toContain('Usage: openclaw gateway run ');
    const unknown = await openclaw('help', 'gateway', 'stauts');
    expect(unknown).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("'stauts'. Did you mean status?") });
  });

  it('does not make a state directory by looking', async () => {
    await openclaw('gateway', 'status');
    await openclaw('config', 'get');
    expect(existsSync(join(dir, 'state'))).toBe(false);
    expect(existsSync(join(dir, 'openclaw.json'))).toBe(false);
  });
});

describe('openclaw gateway', () => {
  it('B2 says that the gateway is stopped, and how to start it', async () => {
    await configure(`{ gateway: { network: { port: ${await freePort()} } } }`);
    const result = await openclaw('gateway', 'status');
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^Runtime: stopped\n {2}Service {2}not installed as one; .*\nStart it with `openclaw gateway start`/);
    expect(json(await openclaw('gateway', 'status', '--json'))).toMatchObject({ ok: true, runtime: 'stopped' });
  });

  it('B2 says that it runs, where and for how long', async () => {
    const components = { gateway: { status: 'healthy', uptime: '7d 12h 30m', version: '1.2.3' } };
    const port = await fakeGateway({ 'GET /health': { body: { ok: true, status: 'healthy', components } } });
    const result = await openclaw('gateway', 'status');
    expect(result.code).toBe(0);
    expect(result.stdout).toContain(`Runtime: running (pid ${process.pid})\nConnection: ok`);
    expect(result.stdout).toContain(`http://127.0.0.1:${port}`);
    expect(result.stdout).toContain('7d 12h 30m');
  });

  it('B2 says that the connection failed when the process lives but does not answer', async () => {
    const port = await freePort();
    const stat = await readFile(`/proc/${process.pid}/stat`, 'utf8');
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    await writeFile(join(dir, 'gateway.pid'), JSON.stringify({ pid: process.pid, startTime, url: `http://127.0.0.1:${port}` }));
    const result = await openclaw('gateway', 'status');
    expect(result.code).toBe(1);
    expect(result.stdout).toContain(`Runtime: running (pid ${process.pid})`);
    expect(result.stderr).toContain(`Connection failed: no gateway answers at http://127.0.0.1:${port}: nothing listens there.`);
  });

  it('B1 says who holds the port, and the two ways out', async () => {
    const port = await fakeGateway({});
    const result = await openclaw('gateway', '--port', String(port));
    expect(result.code).toBe(78);
    expect(result.stderr).toContain(`Port ${port} is taken by pid ${process.pid}: `);
    expect(result.stderr).toContain(`--port ${port + 1}`);
    expect(result.stderr).toContain('--force');
    expect(json(await openclaw('gateway', 'run', '--json'))).toMatchObject({
      error: { code: 'PORT_TAKEN', details: { port, pid: process.pid } },
    });
  });

  it('B1 does not start with a bad configuration: exit code 78', async () => {
    await configure('{ gateway: { network: { prot: 1 } } }');
    const result = await openclaw('gateway', 'run');
    expect(result.code).toBe(78);
    expect(result.stderr).toMatch(
      /gateway\.network\.prot\n\s+found\s+1\n\s+expected\s+one of host, port.*\n\s+hint\s+Did you mean gateway\.network\.port\?/,
    );
  });

  it('B3 finds nothing to stop, which is no error', async () => {
    await configure(`{ gateway: { network: { port: ${await freePort()} } } }`);
    expect(await openclaw('gateway', 'stop')).toMatchObject({ code: 0, stdout: 'The gateway was not running.\n' });
  });

  it('B3 does not stop for a restart when the configuration is bad', async () => {
    await configure('{ gatway: {} }');
    expect((await openclaw('gateway', 'restart')).code).toBe(78);
  });

  it('B5 prints the token alone, and makes a new one', async () => {
    const { stdout } = await openclaw('gateway', 'token');
    expect(stdout.trim().length).toBeGreaterThan(30);
    expect((await openclaw('gateway', 'token')).stdout).toBe(stdout);
    const renewed = await openclaw('gateway', 'token', '--regenerate');
    expect(renewed.stdout).not.toBe(stdout);
    expect(renewed.stderr).toContain('no longer works');
    expect((await readFile(join(dir, 'gateway-token'), 'utf8')).trim()).toBe(renewed.stdout.trim());
  });

  it('B5 lets a running gateway make the new token, and says where a fixed one is set', async () => {
    const ended = { connections: 2, loginSessions: 1, deviceTokens: 0 };
    await fakeGateway({ 'POST /api/gateway-token': { body: { token: 'a-new-token', ended } } });
    const renewed = await openclaw('gateway', 'token', '--regenerate');
    expect(renewed.stdout).toBe('a-new-token\n');
    expect(renewed.stderr).toContain('Ended with it: 2 open connections, 1 login session, 0 device tokens.');
    await configure('{ gateway: { auth: { token: "fixed-token" } } }');
    expect((await openclaw('gateway', 'token')).stdout).toBe('fixed-token\n');
    expect((await openclaw('gateway', 'token', '--regenerate')).stderr).toContain('set by gateway.auth.token in');
  });
});

describe('openclaw beside a running gateway', () => {
  it('B13 sends a message with the token and prints the reply', async () => {
    const reply = { messageId: 'msg_1', sessionId: 'ses_1', status: 'delivered', reply: 'Hello, Ann\u001b[2J' };
    await fakeGateway({ 'POST /api/messages': { body: reply } });
    expect(await openclaw('message', 'send', '--to', 'ann', '--message', 'Hi')).toEqual({
      code: 0,
      stdout: 'Hello, Ann�[2J\n',
      stderr: '',
    });
    expect(requests.at(-1)).toEqual({
      method: 'POST',
      url: '/api/messages?wait=300000ms',
      token: 'Bearer the-token',
      body: { channel: 'http', from: 'ann', text: 'Hi' },
    });
    expect(json(await openclaw('message', 'send', '--to', 'ann', '--message', 'Hi', '--json'))).toEqual(reply);
  });

  it('B13 says what the gateway says when it refuses', async () => {
    const error = { code: 'TOKEN_MISMATCH', message: 'The token is not the one this gateway expects.', retryable: false, remedy: 'x' };
    await fakeGateway({ 'POST /api/messages': { status: 401, body: { error } } });
    const result = await openclaw('message', 'send', '--to', 'ann', '--message', 'Hi');
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('error: The token is not the one this gateway expects.\nWhat to do: Run `openclaw gateway token`');
  });

  it('B13 says that what answers is no gateway', async () => {
    await fakeGateway({});
    const result = await openclaw('health');
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('is not an OpenClaw gateway (HTTP 404)');
  });

  it('B9 prints the health of each part, and fails when it is not well', async () => {
    const components = {
      gateway: { status: 'healthy', uptime: '1m', version: '1' },
      memory: { status: 'degraded', used: '512MB', limit: '2GB', percentage: 25.6 },
    };
    await fakeGateway({ 'GET /health': { body: { ok: true, status: 'degraded', components } } });
    const detailed = await openclaw('health', '--detailed');
    expect(detailed.code).toBe(1);
    expect(detailed.stdout).toMatch(/memory\s+degraded\s+used 512MB, limit 2GB, percentage 25.6 %/);
    expect((await openclaw('health')).stdout).toContain('Gateway: degraded\n  memory: degraded');
  });

  it('B12 shows channels and what a probe found', async () => {
    const error = { code: 'CHANNEL_UNAUTHORIZED', message: 'Refused.', retryable: false, remedy: 'Check the token.' };
    await fakeGateway({
      'GET /api/channels': {
        body: {
          channels: [{ channel: 'telegram', account: 'default', enabled: true, connected: false, error }],
          probes: [{ channel: 'telegram', account: 'default', ok: false, steps: [{ name: 'getMe', ok: false, durationMs: 12.3, error }] }],
        },
      },
    });
    const result = await openclaw('channels', 'status', '--probe');
    expect(result.code).toBe(1);
    expect(requests.at(-1)?.url).toBe('/api/channels?probe=1');
    expect(result.stdout).toMatch(/telegram\s+default\s+failed/);
    expect(result.stdout).toMatch(/✗ getMe \(12 ms\)\n.*CHANNEL_UNAUTHORIZED: Refused\.\n.*What to do: Check the token\./);
  });

  it('B16 A8 ends what runs in a session, and lets one out of quarantine', async () => {
    await fakeGateway({
      'POST /api/sessions/ses_1/cancel': { body: { sessionId: 'ses_1', cancelled: ['msg_1', 'msg_2'] } },
      'POST /api/sessions/ses_1/release': { body: { sessionId: 'ses_1', released: true } },
    });
    expect((await openclaw('sessions', 'cancel', 'ses_1')).stdout).toContain('2 cancelled:\n  msg_1\n  msg_2');
    expect((await openclaw('sessions', 'release', 'ses_1', '--forget')).stdout).toContain('Released: what waits there is run now.');
    const json = await openclaw('sessions', 'release', 'ses_1', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ released: true });
  });

  it('B16 lists events newest last, with how to go on, and lets no escape sequence through', async () => {
    await fakeGateway({ 'GET /api/events': { body: { rows: [EVENT, { ...EVENT, position: 6 }], next: 6, head: 7 } } });
    const { stdout } = await openclaw('events', 'list', '--type', 'message.*', '--limit', '2');
    expect(requests.at(-1)?.url).toBe('/api/events?type=message.*&limit=2');
    const positions = stdout.split('\n').map((text) => text.split(' ')[0]);
    expect(positions.slice(0, 3)).toEqual(['POSITION', '6', '7']);
    expect(stdout).toContain('openclaw events list --before 6');
    expect(stdout).not.toContain('\u001b');
    expect(json(await openclaw('events', 'list', '--json'))).toMatchObject({ rows: [{ position: 7 }, { position: 6 }], head: 7 });
  });

  it('B16 shows one event, and says when there is none', async () => {
    const error = { code: 'EVENT_NOT_FOUND', message: 'No event has this position or id.', retryable: false, remedy: 'x' };
    const detail = {
      ...EVENT,
      id: 'evt_1',
      streamId: 'session/ses_1',
      version: 1,
      schemaVersion: 1,
      data: { text: 'Hi' },
      dataTruncated: false,
    };
    await fakeGateway({
      'GET /api/events/7': { body: { ...detail, metadata: {}, hash: 'aa', previousHash: 'bb' } },
      'GET /api/events/8': { status: 404, body: { error } },
    });
    expect((await openclaw('events', 'show', '7')).stdout).toContain('session/ses_1 at version 1');
    expect(await openclaw('events', 'show', '8')).toMatchObject({ code: 1, stderr: expect.stringContaining('No event has this position') });
    expect((await openclaw('events', 'show', 'x')).code).toBe(2);
  });

  it('B15 prints a sign-in link where there is no browser', async () => {
    await fakeGateway({
      'POST /api/sign-in-links': { body: { url: 'http://127.0.0.1:1/#c=abc', code: 'abc', expiresAt: Date.now() + 60_000 } },
    });
    const result = await openclaw('dashboard');
    expect(result.stdout).toMatch(
      /^Open this link in a browser:\nhttp:\/\/127\.0\.0\.1:1\/#c=abc\nIt signs you in once, until \d\d:\d\d:\d\d/,
    );
    expect(requests.at(-1)?.token).toBe('Bearer the-token');
  });

  it('B14 sets a key through the gateway', async () => {
    const changes = [{ path: 'gateway.network.port', op: 'replace', before: 1, after: 2 }];
    await fakeGateway({ 'PATCH /api/config': { body: { hash: 'aa', changes, restartNeeded: ['gateway.network.port'] } } });
    const result = await openclaw('config', 'set', 'gateway.network.port', '2');
    expect(requests.at(-1)?.body).toEqual({ op: 'set', path: 'gateway.network.port', value: 2 });
    expect(result.stdout).toBe('gateway.network.port: 1 → 2\nThis takes effect after a restart: `openclaw gateway restart`.\n');
  });
});

describe('openclaw beside a stopped gateway', () => {
  beforeEach(async () => configure(`// Mine\n{ gateway: { network: { port: ${await freePort()} } } }\n`));

  it('B14 sets, shows and removes keys, and keeps comments', async () => {
    const set = await openclaw('config', 'set', 'gateway.sessions.historyRetention', '1d');
    expect(set.stdout).toContain('gateway.sessions.historyRetention: not set → "1d"');
    expect(await readFile(join(dir, 'openclaw.json'), 'utf8')).toContain('// Mine');
    expect((await openclaw('config', 'get', 'gateway.sessions.historyRetention')).stdout).toBe('1d\n');
    expect((await openclaw('config', 'unset', 'gateway.sessions.historyRetention')).code).toBe(0);
    expect(await readFile(join(dir, 'openclaw.json'), 'utf8')).not.toContain('sessions');
    expect(await openclaw('config', 'get', 'gateway.sessions.historyRetention')).toEqual({
      code: 0,
      stdout: '7d\n',
      stderr: '(default)\n',
    });
  });

  it('B14 reads values as the key needs them', async () => {
    await openclaw('config', 'set', 'gateway.auth.token', '12345678');
    await openclaw('config', 'set', 'channels.telegram.allowFrom', '["1"]');
    const shown = json(await openclaw('config', 'get', '--json'));
    expect(shown).toMatchObject({ gateway: { auth: { token: '***' } }, channels: { telegram: { allowFrom: ['1'] } } });
    expect(await readFile(join(dir, 'openclaw.json'), 'utf8')).toContain('"12345678"');
  });

  it('B14 refuses a bad value with its path, value, expectation and hint, and changes nothing', async () => {
    const before = await readFile(join(dir, 'openclaw.json'), 'utf8');
    const result = await openclaw('config', 'set', 'gateway.network.prot', '1', '--json');
    expect(result.code).toBe(78);
    expect(json(result)).toMatchObject({
      ok: false,
      error: {
        code: 'CONFIG_INVALID',
        remedy: 'Nothing was changed. Set a value that fits.',
        details: {
          findings: [
            {
              path: 'gateway.network.prot',
              value: '1',
              expected: expect.stringContaining('port'),
              hint: 'Did you mean gateway.network.port?',
            },
          ],
        },
      },
    });
    expect(await readFile(join(dir, 'openclaw.json'), 'utf8')).toBe(before);
  });

  it('B14 validates the file, and says where its syntax breaks', async () => {
    expect((await openclaw('config', 'validate')).stdout).toContain('is valid.');
    await configure('{\n  gateway: {\n    network: { port: 1 \n  }\n');
    const result = await openclaw('config', 'validate');
    expect(result.code).toBe(78);
    expect(result.stderr).toContain('Line 5, column 1: expected "," or "}" after the value, found the end of the file.');
    expect(result.stderr).toContain(join(dir, 'openclaw.json'));
  });

  it('B14 says that a key does not exist, and which was meant', async () => {
    const result = await openclaw('config', 'get', 'gateway.network.prot');
    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no key gateway.network.prot. Did you mean gateway.network.port?'),
    });
  });

  it('B15 says how to start the gateway', async () => {
    expect((await openclaw('dashboard')).stderr).toContain('Start it with `openclaw gateway start`, then run `openclaw dashboard` again.');
  });

  it('B16 says that there is no log yet', async () => {
    expect((await openclaw('events', 'list')).stderr).toContain('has no event log yet');
  });

  it('B11 prints, filters and exports the log', async () => {
    await mkdir(join(dir, 'logs'));
    const lines = [
      { level: 30, time: Date.now(), channel: 'http', msg: 'taken' },
      { level: 50, time: Date.now(), err: { message: 'disk full' }, msg: 'not taken' },
    ];
    await writeFile(join(dir, 'logs', 'gateway.log'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect((await openclaw('logs')).stdout).toMatch(/INFO {3}taken {2}channel=http\n.*ERROR {2}not taken {2}error: disk full\n$/);
    expect((await openclaw('logs', '--level', 'error', '--json')).stdout).toBe(`${JSON.stringify(lines[1])}\n`);
    expect((await openclaw('logs', '--grep', 'nothing like it')).stderr).toBe('No line fits.\n');
    const file = join(dir, 'out.log');
    expect((await openclaw('logs', '--export', file, '--grep', 'HTTP')).stdout).toContain('Wrote 1 line to ');
    expect(await readFile(file, 'utf8')).toBe(`${JSON.stringify(lines[0])}\n`);
  });

  it('B12 shows which channels are configured', async () => {
    await configure('{ channels: { telegram: { botToken: "x" } } }');
    const result = await openclaw('channels', 'status', '--json');
    expect(json(result)).toMatchObject({ runtime: 'stopped', channels: [{ channel: 'telegram', account: 'default', enabled: true }] });
    expect(json(await openclaw('channels', 'status', '--channel', 'telegram', '--json'))).toEqual(json(result));
  });

  it('B12 says that there is no such channel, and which there are', async () => {
    await configure('{ channels: { telegram: { botToken: "x" }, matrix: {} } }');
    const result = await openclaw('channels', 'status', '--channel', 'telegarm');
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('No channel is called "telegarm"; there are: telegram, matrix.\nWhat to do: List channels');
    await configure('{}');
    expect((await openclaw('channels', 'status', '--channel', 'telegram')).stderr).toContain(
      'No channel is called "telegram"; none is configured.',
    );
  });
});
