import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startGateway, until } from './gateway-process.ts';
import { type Onboarding, prepareOnboarding } from './onboarding.ts';
import { startAnthropic } from './stand-ins/anthropic.ts';
import { startOpenAi } from './stand-ins/openai.ts';
import { BOT_TOKEN, startTelegram } from './stand-ins/telegram.ts';

const KEY = 'sk-onboarding-secret-0123456789';
const MODEL_TIME_MS = 120_000;
const LAUNCHER = join(import.meta.dirname, '../apps/gateway/bin/openclaw.mjs');

type Report = {
  ok: boolean;
  config: { path: string; written: boolean; created: boolean; changes: { path: string; before?: unknown; after: unknown }[] };
  model: { reference: string; trial?: { reply: string } };
  channel?: { channel: string; ok: boolean; error?: { code: string } };
  service?: { installed: boolean; error?: { code: string; remedy: string } };
  gateway?: { url: string; pid: number };
  dashboard?: { url: string; opened: boolean };
};

async function report(onboarding: Onboarding, ...args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await onboarding.onboard(...args, '--json');
  expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Report;
}

/** As the configuration names an environment variable. */
const reference = (variable: string) => `\${${variable}}`;
const write = async (onboarding: Onboarding, text: string) => {
  await mkdir(onboarding.env['OPENCLAW_STATE_DIR'] ?? '', { recursive: true });
  await writeFile(join(onboarding.env['OPENCLAW_STATE_DIR'] ?? '', 'openclaw.json'), text);
};

describe('B6 openclaw onboard without a terminal', () => {
  it('says what to pass where nobody can be asked, and writes nothing', async () => {
    await using onboarding = await prepareOnboarding();
    const asked = await onboarding.openclaw('onboard');
    expect(asked).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('There is no terminal here') });
    expect(asked.stderr).toContain('--non-interactive');
    expect(await onboarding.openclaw('onboard', '--json')).toMatchObject({ code: 2, stdout: expect.stringContaining('--non-interactive') });
    expect(await onboarding.file()).toBeUndefined();
  });

  it('begins with a commented file, a running gateway and a link that signs in; again it changes nothing', async () => {
    await using onboarding = await prepareOnboarding();
    const first = await report(onboarding, '--port', String(onboarding.port));
    expect(first).toMatchObject({ ok: true, config: { written: true, created: true }, model: { reference: 'echo/echo' } });
    expect(first.gateway?.url).toBe(`http://127.0.0.1:${onboarding.port}`);
    expect(first.dashboard).toMatchObject({ opened: false });
    const signIn = await fetch(`${first.gateway?.url}/api/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: first.dashboard?.url.split('#c=')[1] }),
    });
    expect(signIn.status).toBe(200);
    expect(await onboarding.openclaw('message', 'send', '--to', 'ann', '--message', 'Hello')).toMatchObject({ stdout: 'echo: Hello\n' });

    const { stdout: changes } = await onboarding.openclaw('config', 'history', '--json');
    expect(changes).toContain('openclaw onboard');

    const text = await onboarding.file();
    expect(text).toMatch(/^\/\/ The configuration of OpenClaw Gateway/);
    expect(text).toContain('  // Who answers');
    expect((await stat(first.config.path)).mode & 0o777).toBe(0o600);
    expect((await onboarding.openclaw('config', 'validate')).code).toBe(0);

    const second = await report(onboarding, '--port', String(onboarding.port));
    expect(second).toMatchObject({ config: { written: false, created: false, changes: [] }, gateway: { pid: first.gateway?.pid } });
    expect(await onboarding.file()).toBe(text);
  });

  it('takes an Ollama that really answers', async () => {
    const server = await startOpenAi();
    await using onboarding = await prepareOnboarding({ OLLAMA_HOST: new URL(server.url).host });
    const { model } = await report(onboarding, '--port', String(onboarding.port));
    expect(model.reference).toBe('ollama/stand-in');
    expect(await onboarding.file()).toContain(`baseUrl: "${server.url}"`);
    expect(await onboarding.openclaw('message', 'send', '--to', 'ann', '--message', 'Hello')).toMatchObject({ stdout: 'pong\n' });
    await server.close();
  });

  it('takes a key from the environment and asks the model when told to; the key is nowhere but there', async () => {
    const server = await startOpenAi();
    await using onboarding = await prepareOnboarding({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.url });
    const result = await onboarding.onboard('--port', String(onboarding.port), '--test-model');
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('openai/stand-in, answered in') });
    expect(result.stderr).toContain('OPENAI_API_KEY is set, so openai/stand-in answers');
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({ path: '/v1/responses', headers: { authorization: `Bearer ${KEY}` } });
    expect(await onboarding.file()).toContain(`apiKey: "${reference('OPENAI_API_KEY')}"`);
    expect((await onboarding.file()) + result.stdout + result.stderr).not.toContain(KEY);
    await server.close();
  });

  it('ends when it is done, not when the time is over that the model had', async () => {
    const server = await startOpenAi();
    await using onboarding = await prepareOnboarding();
    const house = { api: 'openai-completions', baseUrl: server.url, timeout: MODEL_TIME_MS };
    await write(onboarding, JSON.stringify({ agents: { defaults: { model: 'house/pong' } }, models: { providers: { house } } }));
    const startedAt = performance.now();
    expect((await report(onboarding, '--test-model', '--no-start')).model.trial?.reply).toBe('pong');
    expect(performance.now() - startedAt).toBeLessThan(MODEL_TIME_MS);
    await server.close();
  });

  it('writes nothing when the model that is to be tested does not answer', async () => {
    const server = await startAnthropic();
    await using onboarding = await prepareOnboarding({ MY_KEY: KEY });
    server.script({ fault: 'status', status: 401, message: `invalid x-api-key ${KEY}` });
    const args = ['--model', 'anthropic/claude-x', '--base-url', server.url, '--api-key-env', 'MY_KEY', '--test-model'];
    const result = await onboarding.onboard(...args, '--json');
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: false, error: { code: 'MODEL_UNAUTHORIZED' } });
    expect(result.stdout + result.stderr).not.toContain(KEY);
    expect(await onboarding.file()).toBeUndefined();
    expect((await onboarding.openclaw('gateway', 'status')).stdout).toContain('Runtime: stopped');
    await server.close();
  });

  it('adds a Telegram bot to a file that is there, letter by letter as it was, and the bot answers', async () => {
    const telegram = await startTelegram();
    await using onboarding = await prepareOnboarding({ MY_BOT: BOT_TOKEN });
    const before = `// Mine.
{
  gateway: { network: { port: ${onboarding.port} } }, // as ever
  agents: { defaults: { model: 'echo/echo' } },
  channels: {
    /* the stand-in */
    telegram: { apiRoot: '${telegram.url}' },
  },
}
`;
    await write(onboarding, before);
    const args = ['--channel', 'telegram', '--telegram-token-env', 'MY_BOT', '--telegram-allow-from', '42'];
    const result = await report(onboarding, ...args);
    expect(result.channel).toEqual({ channel: 'telegram', ok: true });
    expect(result.config.changes.map((change) => change.path)).toEqual(['channels.telegram.botToken', 'channels.telegram.allowFrom']);
    const after = (await onboarding.file()) ?? '';
    expect(after.replace(`, botToken: '${reference('MY_BOT')}', allowFrom: ['42']`, '')).toBe(before);
    expect(after).not.toContain(BOT_TOKEN);
    telegram.say({ fromId: 42, text: 'Hello' });
    await telegram.until(() => telegram.sent.some((sent) => sent.text === 'echo: Hello'), 30_000);
    await telegram.close();
  });

  it('says what the configuration says otherwise and leaves it; with --force it changes it, and a running gateway takes it up', async () => {
    const server = await startOpenAi();
    await using onboarding = await prepareOnboarding();
    await report(onboarding, '--port', String(onboarding.port), '--model', 'echo/echo');
    const before = await onboarding.file();
    const args = ['--model', 'house/pong', '--base-url', server.url];
    const refused = await onboarding.onboard(...args);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('error: The configuration says otherwise already.') });
    expect(refused.stderr).toMatch(/agents\.defaults\.model\s+found\s+"echo\/echo"\s+expected\s+"house\/pong"/);
    expect(JSON.parse((await onboarding.onboard(...args, '--json')).stdout)).toMatchObject({ error: { code: 'CONFIG_DIFFERS' } });
    expect(await onboarding.file()).toBe(before);

    const { pid } = (await report(onboarding)).gateway ?? {};
    const forced = await report(onboarding, ...args, '--force');
    expect(forced.gateway?.pid).toBe(pid);
    expect(await onboarding.openclaw('message', 'send', '--to', 'ann', '--message', 'Hello')).toMatchObject({ stdout: 'pong\n' });

    const moved = await report(onboarding, '--bind', '127.0.0.1', '--port', '0', '--force');
    expect(moved.gateway?.pid).not.toBe(pid);
    expect((await fetch(`${moved.gateway?.url}/readyz`)).status).toBe(200);
    await server.close();
  });

  it('only writes with --no-start', async () => {
    await using onboarding = await prepareOnboarding();
    const result = await report(onboarding, '--bind', 'lan', '--accept-risk', '--no-start');
    expect(result).toMatchObject({ ok: true, config: { created: true, changes: [{ path: 'gateway.network.host', after: '0.0.0.0' }] } });
    expect(result.gateway).toBeUndefined();
    expect((await onboarding.openclaw('gateway', 'status')).stdout).toContain('Runtime: stopped');
  });

  it('leaves a gateway as it is that makes no way for the service, and says why there is none', async () => {
    await using onboarding = await prepareOnboarding({ PATH: '/nowhere' });
    await write(onboarding, '{ gateway: { network: { port: 0 } } }');
    await using gateway = await startGateway({ stateDir: onboarding.env['OPENCLAW_STATE_DIR'] ?? '' });
    const result = await onboarding.onboard('--install-daemon', '--json');
    expect(result.code).toBe(1);
    const answer = JSON.parse(result.stdout) as Report;
    expect(answer).toMatchObject({ ok: false, service: { installed: false, error: { remedy: expect.any(String) } } });
    expect(answer.gateway).toEqual({ url: gateway.url(), pid: gateway.pid() });
  });

  it('keeps keys for the service only when told to, where only their owner can read them', async () => {
    const server = await startOpenAi();
    await using onboarding = await prepareOnboarding({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.url, PATH: '/nowhere' });
    const file = join(onboarding.env['OPENCLAW_STATE_DIR'] ?? '', 'service.env');
    await onboarding.onboard('--port', String(onboarding.port), '--no-start');
    expect(existsSync(file)).toBe(false);
    const result = await onboarding.onboard('--install-daemon', '--save-keys', '--json');
    expect(JSON.parse(result.stdout)).toMatchObject({ savedKeys: ['OPENAI_API_KEY'], gateway: { url: expect.any(String) } });
    expect(await readFile(file, 'utf8')).toBe(`OPENAI_API_KEY=${KEY}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await onboarding.file()) + result.stdout + result.stderr).not.toContain(KEY);
    await server.close();
  });

  it('says who has the port before it writes anything', async () => {
    await using onboarding = await prepareOnboarding();
    const holder = createServer().listen(onboarding.port, '127.0.0.1');
    await once(holder, 'listening');
    const result = await onboarding.onboard('--port', String(onboarding.port));
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain(`Port ${onboarding.port} is taken by pid ${process.pid}`);
    expect(await onboarding.file()).toBeUndefined();
    holder.close();
  });

  it('leaves a file alone that is wrong already', async () => {
    await using onboarding = await prepareOnboarding();
    await write(onboarding, '{ gateway: { network: { prot: 1 } } }');
    expect(await onboarding.onboard('--force')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('Did you mean gateway.network.port?'),
    });
    expect(await onboarding.file()).toBe('{ gateway: { network: { prot: 1 } } }');
  });

  it('leaves nothing half done on Ctrl+C: the step is ended, the rest is not begun', async () => {
    await using onboarding = await prepareOnboarding();
    const args = [LAUNCHER, 'onboard', '--non-interactive', '--port', String(onboarding.port)];
    const child = spawn(process.execPath, args, { env: onboarding.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until('the gateway is being started', () => said.includes('Starting the gateway'));
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(said).toContain('Interrupted.');
    expect(said).not.toContain('#c=');
    expect((await onboarding.openclaw('config', 'validate')).code).toBe(0);
    expect((await onboarding.openclaw('gateway', 'status')).stdout).toContain('Runtime: running');
  });

  const WRONG: readonly (readonly [args: readonly string[], message: string])[] = [
    [['--model', 'claude'], '--model: expected "provider/model"'],
    [['--model', 'nobody/x'], '--model: no provider is known as "nobody".'],
    [['--model', 'anthropic/x'], 'the environment variable ANTHROPIC_API_KEY is not set.'],
    [['--model', 'anthropic/x', '--api-key-env', KEY], '--api-key-env: expected the name of an environment variable, not the key itself.'],
    [['--model', 'groq/x', '--api-key-env', 'gsk_0123456789'], '--api-key-env: the environment variable of this name is not set.'],
    [['--model', 'echo/echo', '--api-key-env', 'MY_KEY'], 'takes neither --api-key-env nor --base-url.'],
    [['--api-key-env', 'MY_KEY'], '--api-key-env needs --model.'],
    [['--base-url', 'http://127.0.0.1:1/v1'], '--base-url needs --model.'],
    [['--model', 'x/y', '--base-url', 'localhost:8000'], '--base-url: expected an address'],
    [['--model', 'x/y', '--base-url', `http://me:${KEY}@127.0.0.1/v1`], '--base-url: expected an address without a password in it'],
    [['--port', '70000'], 'Expected a port from 0 to 65535.'],
    [['--bind', 'everywhere'], '--bind: expected an IP address, loopback or lan, found "everywhere".'],
    [['--bind', '0.0.0.0'], 'Add --accept-risk'],
    [['--channel', 'pigeon'], 'Allowed choices are telegram, slack, discord.'],
    [['--channel', 'telegram'], '--telegram-token-env: the environment variable TELEGRAM_BOT_TOKEN is not set.'],
    [['--channel', 'telegram', '--telegram-token-env', BOT_TOKEN], 'not the token itself.'],
    [['--channel', 'telegram', '--telegram-token-env', 'MY_KEY'], 'what MY_KEY holds is no bot token'],
    [
      ['--channel', 'telegram', '--telegram-token-env', 'MY_BOT', '--telegram-allow-from', 'ann'],
      '--telegram-allow-from: expected numeric',
    ],
    [['--telegram-token-env', 'MY_BOT'], '--telegram-token-env needs --channel telegram.'],
    [['--telegram-allow-from', '42'], '--telegram-allow-from needs --channel telegram.'],
    [['--install-daemon', '--no-start'], '--install-daemon and --no-start exclude each other'],
    [['--save-keys'], '--save-keys needs --install-daemon.'],
    [['--everything'], "Unknown option '--everything'."],
    [['please'], 'Too many arguments'],
  ];

  it.each(WRONG)('refuses %j, with nothing written and no secret said', async (args, message) => {
    await using onboarding = await prepareOnboarding({ MY_KEY: KEY, MY_BOT: BOT_TOKEN });
    const result = await onboarding.onboard(...args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(message);
    for (const secret of [KEY, BOT_TOKEN, 'gsk_0123456789']) expect(result.stderr).not.toContain(secret);
    expect(await onboarding.file()).toBeUndefined();
  });
});

it('B6 every option of onboard is in docs/cli.md', async () => {
  await using onboarding = await prepareOnboarding();
  const { stdout } = await onboarding.openclaw('onboard', '--help');
  const page = await readFile(join(import.meta.dirname, '../docs/cli.md'), 'utf8');
  const options = [...stdout.matchAll(/^ {2}(--[a-z-]+)/gm)].map((match) => match[1] ?? '');
  expect(options.length).toBeGreaterThan(15);
  expect(options.filter((option) => !page.includes(`\`${option}`))).toEqual([]);
});
