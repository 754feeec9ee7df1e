/** A gateway that keeps crashing goes into safe mode instead of crashing on. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prepareGateway, runCommand, startGateway, until } from './gateway-process.ts';
import { startOpenAi } from './stand-ins/openai.ts';
import { startTelegram, type TelegramServer } from './stand-ins/telegram.ts';

/** A fault in what the gateway runs: once it has talked to Telegram, it dies as soon as it is ready. */
const FAULT = `
import { readFileSync } from 'node:fs';
import http from 'node:http';
const request = http.request;
const isReady = () => { try { return JSON.parse(readFileSync(process.env.OPENCLAW_STATE_DIR + '/gateway.pid', 'utf8')).pid === process.pid; } catch { return false; } };
http.request = (...args) => {
  if (String(args[0]?.path).includes('/bot')) setInterval(() => { if (isReady()) throw new Error('out of cheese, said 123456:stand-in-bot-token'); }, 20);
  return request(...args);
};
`;

let dir: string;
let telegram: TelegramServer;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-safe-'));
  telegram = await startTelegram();
});
afterEach(async () => {
  await telegram.close();
  await rm(dir, { recursive: true, maxRetries: 5 });
});

const withTelegram = (more: object = {}) => ({
  gateway: { network: { port: 0 }, ...more },
  channels: { telegram: { botToken: telegram.token, apiRoot: telegram.url, dmPolicy: 'open', allowFrom: ['*'] } },
});

it('gateway.safeMode.crashes: three crashes after the start lead to safe mode, which says why; a mended configuration leads out of it', async () => {
  await writeFile(join(dir, 'fault.mjs'), FAULT);
  await writeFile(join(dir, 'openclaw.json'), JSON.stringify(withTelegram()));
  const env = { PATH: process.env['PATH'], HOME: dir, NO_COLOR: '1', NODE_ENV: 'production', OPENCLAW_STATE_DIR: dir };
  const openclaw = (...args: string[]) => runCommand(args, env);
  const status = async () =>
    JSON.parse((await openclaw('gateway', 'status', '--json')).stdout) as { pid: number; url: string; runtime: string; safeMode?: object };
  try {
    const started = runCommand(['gateway', 'start'], { ...env, NODE_OPTIONS: `--import ${join(dir, 'fault.mjs')}` });
    const inSafeMode = await until(
      'safe mode',
      async () => {
        const now = await status();
        return now.safeMode && now.runtime === 'running' ? now : undefined;
      },
      90_000,
    );
    await started;
    expect(inSafeMode).toMatchObject({
      runtime: 'running',
      safeMode: { asked: false, crashes: 3, problem: { code: 'INTERNAL', message: 'The gateway crashed: out of cheese, said ***' } },
    });
    const shown = await openclaw('gateway', 'status');
    expect(shown.stdout).toContain(
      'The gateway is in safe mode and takes no messages, after 3 crashes; the last: The gateway crashed: out of cheese',
    );
    expect(shown.stdout).toContain('Leave it with `openclaw gateway restart --normal`');
    expect((await openclaw('status')).stdout).toContain('after 3 crashes; the last: The gateway crashed: out of cheese');

    const health = await fetch(`${inSafeMode.url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      status: 'degraded',
      safeMode: { code: 'INTERNAL', reason: expect.stringContaining('out of cheese'), remedy: expect.stringContaining('--normal') },
    });
    expect((await fetch(`${inSafeMode.url}/readyz`)).status).toBe(503);
    const sent = await openclaw('message', 'send', '--to', 'ann', '--message', 'Hello');
    expect(sent).toMatchObject({ code: 1, stderr: expect.stringContaining('The gateway is in safe mode and takes no messages') });
    const token = (await readFile(join(dir, 'gateway-token'), 'utf8')).trim();
    const refused = await fetch(`${inSafeMode.url}/api/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ from: 'ann', text: 'Hello' }),
    });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('30');
    expect(await refused.json()).toMatchObject({ error: { code: 'SAFE_MODE' } });
    expect((await openclaw('logs', '--level', 'warn', '--grep', 'in safe mode')).stdout).toContain('out of cheese');
    expect((await openclaw('events', 'list', '--type', 'gateway.safe_mode_entered')).stdout).toContain(
      'Safe mode after 3 crashes: The gateway crashed',
    );
    expect(await readFile(join(dir, 'logs/gateway.log'), 'utf8')).not.toContain(telegram.token);

    // The same configuration would crash again, so a plain restart stays in safe mode.
    expect((await openclaw('gateway', 'restart')).stdout).toContain('It is in safe mode');
    const before = (await status()).pid;
    expect((await openclaw('config', 'set', 'channels.telegram.enabled', 'false')).code).toBe(0);
    const mended = await until('a normal start', async () => {
      const now = await status();
      return now.runtime === 'running' && now.pid !== before && !now.safeMode ? now : undefined;
    });
    expect((await fetch(`${mended.url}/readyz`)).status).toBe(200);
    expect((await openclaw('message', 'send', '--to', 'ann', '--message', 'Hello')).stdout).toBe('echo: Hello\n');
    expect((await openclaw('events', 'list', '--type', 'gateway.safe_mode_left')).stdout).toContain('Out of safe mode');
  } finally {
    await openclaw('gateway', 'stop');
  }
});

it('gateway.safeMode.within: kills that are further apart do not lead to safe mode', async () => {
  await using gateway = await prepareGateway({ config: { gateway: { safeMode: { crashes: 2, within: '1ms' } } } });
  for (let round = 0; round < 4; round++) {
    await gateway.start();
    expect((await fetch(`${gateway.url()}/readyz`)).status).toBe(200);
    await gateway.kill();
  }
});

it('B1 gateway run --safe connects no channel and calls no model; what was acknowledged before stays queued and is answered after it', async () => {
  const model = await startOpenAi({ answer: { text: 'at last' } });
  try {
    model.script({ fault: 'hang' });
    const providers = { local: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } };
    const config = { ...withTelegram(), models: { providers }, agents: { defaults: { model: 'local/any' } } };
    await writeFile(join(dir, 'openclaw.json'), JSON.stringify(config));
    await using gateway = await startGateway({ stateDir: dir });
    const { messageId } = await gateway.json<{ messageId: string }>('/api/messages', {
      method: 'POST',
      body: JSON.stringify({ from: 'ann', text: 'Hello' }),
    });
    await until('the model to be asked', () => model.requests.length === 1 || undefined);
    await gateway.kill();
    const polls = telegram.calls.get('getUpdates') ?? 0;

    const safe = runCommand(['gateway', 'run', '--safe', '--json'], { PATH: process.env['PATH'], HOME: dir, OPENCLAW_STATE_DIR: dir });
    const { pid, url } = await until('safe mode', async () => {
      const written = JSON.parse(await readFile(join(dir, 'gateway.pid'), 'utf8').catch(() => '{}')) as {
        pid: number;
        url: string;
        safeMode?: boolean;
      };
      return written.safeMode ? written : undefined;
    });
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ safeMode: { code: 'ASKED' } });
    const dashboard = await fetch(`${url}/`, { headers: { accept: 'text/html' } });
    expect(dashboard.headers.get('content-type')).toContain('text/html');
    telegram.say({ text: 'anyone?', chatId: 5, fromId: 5 });
    process.kill(pid, 'SIGTERM');
    expect((await safe).code).toBe(0);
    expect(model.requests).toHaveLength(1);
    expect(telegram.calls.get('getUpdates') ?? 0).toBe(polls);

    await gateway.start();
    await until('the answer', async () => {
      const message = await gateway.json<{ status: string }>(`/api/messages/${messageId}`);
      return message.status === 'delivered' || undefined;
    });
    await telegram.until(() => telegram.sent.length > 0);
  } finally {
    await model.close();
  }
});

it('B1 ends with 78 where no further start could help: a port that is taken, a bad configuration, a log of a newer program', async () => {
  await using gateway = await startGateway();
  const env = { PATH: process.env['PATH'], HOME: dir, OPENCLAW_STATE_DIR: dir };
  const taken = await runCommand(['gateway', 'run', '--port', new URL(gateway.url()).port], env);
  expect(taken).toMatchObject({ code: 78, stderr: expect.stringMatching(/Port \d+ is taken by pid/) });
  await writeFile(join(dir, 'openclaw.json'), '{ gateway: ');
  expect(await runCommand(['gateway', 'run'], env)).toMatchObject({ code: 78 });
  await writeFile(join(dir, 'openclaw.json'), '{ gateway: { network: { port: 0 } } }');
  const { default: Database } = await import('better-sqlite3');
  await gateway.stop();
  const database = new Database(join(gateway.stateDir, 'state/events.db'));
  const version = Number(database.pragma('user_version', { simple: true }));
  database.pragma(`user_version = ${version + 1000}`);
  database.close();
  const newer = await gateway.command(['gateway', 'run']);
  expect(newer).toMatchObject({ code: 78, stderr: expect.stringContaining('newer') });
  const status = await gateway.command(['gateway', 'status']);
  expect(status.stdout).toMatch(/^Runtime: stopped\n.*\nIts last start failed .* ago: /);
});
