/** Restarts under load, by signals and by the command line: nothing acknowledged is lost, nothing is answered twice. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startLoad } from './crash/load.ts';
import { startSurroundings } from './crash/surroundings.ts';
import { judge } from './crash/verdict.ts';
import { type GatewayProcess, startGateway, until } from './gateway-process.ts';
import { startOpenAi } from './stand-ins/openai.ts';

/** The process restarts within itself: its address stays. */
async function restarted(gateway: GatewayProcess, how: () => Promise<unknown> | unknown): Promise<void> {
  const starts = async () => {
    const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/events?type=gateway.started&limit=100');
    return rows.length;
  };
  const before = await starts();
  await how();
  await until('the next start', async () => ((await starts().catch(() => 0)) > before ? true : undefined), 60_000);
}

it('B3 three restarts under load lose no acknowledged message and answer none twice', async () => {
  const { telegram, config, close } = await startSurroundings(() => 20 + Math.floor(Math.random() * 100));
  await using gateway = await startGateway({ config });
  const load = startLoad(gateway, telegram);
  try {
    load.resume();
    const shutdown = { method: 'POST', body: JSON.stringify({ restart: true, reason: 'test' }) };
    for (const how of [() => process.kill(gateway.pid(), 'SIGUSR1'), () => gateway.request('/api/shutdown', shutdown)]) {
      await delay(700);
      await restarted(gateway, how);
    }
    await delay(500);
    // And one by a new process.
    expect(await gateway.stop()).toBe(0);
    await gateway.start();
    await delay(300);
    await load.pause();
    const answered = () => new Set(telegram.sent.map(({ text }) => text)).size >= load.said.size;
    await telegram.until(answered, 60_000);
    await until('the queue drains', async () => {
      const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/messages?settled=false&limit=1');
      return rows.length === 0 || undefined;
    });
    await gateway.stop();
    const verdict = await judge(gateway.stateDir, { acknowledged: load.acknowledged, said: load.said, sent: telegram.sent });
    expect([...load.violations, ...verdict.violations]).toEqual([]);
    expect(verdict.lost).toBe(0);
    // A restart in good order leaves nothing uncertain: nothing is even marked as perhaps the second.
    expect(verdict.duplicatesMarked + verdict.duplicatesUnmarked).toBe(0);
    expect(load.acknowledged.size).toBeGreaterThan(50);
  } finally {
    await gateway.kill();
    await load.end();
    await close();
  }
});

describe('while it stops', () => {
  const ask = (gateway: GatewayProcess, text: string) =>
    gateway.request('/api/messages', { method: 'POST', body: JSON.stringify({ from: 'ann', text }) });
  const config = (url: string, drainTimeout: string) => ({
    gateway: { shutdown: { drainTimeout } },
    models: { providers: { local: { api: 'openai-completions', baseUrl: url, apiKey: 'none' } } },
    agents: { defaults: { model: 'local/any' } },
  });

  it('gateway.shutdown.drainTimeout: an answer that is being made is finished within it, and a new message is refused with 503 and Retry-After', async () => {
    const model = await startOpenAi({ answer: { text: 'done', latencyMs: 3000 } });
    try {
      await using gateway = await startGateway({ config: config(model.url, '30s') });
      const { messageId } = (await (await ask(gateway, 'long')).json()) as { messageId: string };
      await until('the model to be asked', () => model.requests.length === 1 || undefined);
      const stopped = gateway.stop();
      const refused = await until('a refusal', async () => {
        const answer = await ask(gateway, 'too late');
        return answer.status === 503 ? answer : undefined;
      });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({ error: { code: 'SHUTTING_DOWN' } });
      expect(await stopped).toBe(0);
      await gateway.start();
      expect(await gateway.json(`/api/messages/${messageId}`)).toMatchObject({ status: 'delivered' });
      // What was acknowledged before the stop was asked about only after the restart, if at all.
      expect(model.requests.filter(({ body }) => !body.includes('too late'))).toHaveLength(1);
    } finally {
      await model.close();
    }
  });

  it('gateway.shutdown.drainTimeout: what takes longer is cut short, goes on after the restart and is answered once', async () => {
    const model = await startOpenAi({ answer: { text: 'done' } });
    try {
      model.script({ fault: 'hang' });
      await using gateway = await startGateway({ config: config(model.url, '300ms') });
      const { messageId } = (await (await ask(gateway, 'stuck')).json()) as { messageId: string };
      await until('the model to be asked', () => model.requests.length === 1 || undefined);
      const startedAt = performance.now();
      await restarted(gateway, () => process.kill(gateway.pid(), 'SIGUSR1'));
      expect(performance.now() - startedAt).toBeLessThan(20_000);
      await until('the answer', async () => {
        const message = await gateway.json<{ status: string }>(`/api/messages/${messageId}`);
        return message.status === 'delivered' || undefined;
      });
      expect(model.requests).toHaveLength(2);
      const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/events?type=message.delivered');
      expect(rows).toHaveLength(1);
    } finally {
      await model.close();
    }
  });

  it('B1 SIGHUP takes up a changed configuration at once and refuses a bad one; the process stays', async () => {
    await using gateway = await startGateway({ config: { gateway: { logging: { level: 'info' } } } });
    const pid = gateway.pid();
    const level = async () => (await gateway.json<{ level: string }>('/api/log-level')).level;
    expect(await level()).toBe('info');
    await writeFile(join(gateway.stateDir, 'openclaw.json'), '{ gateway: { logging: { level: "debug" } } }');
    process.kill(pid, 'SIGHUP');
    await until('the new level', async () => ((await level()) === 'debug' ? true : undefined));
    await writeFile(join(gateway.stateDir, 'openclaw.json'), '{ gateway: { logging: { level: "loud" } } }');
    process.kill(pid, 'SIGHUP');
    const log = join(gateway.stateDir, 'logs/gateway.log');
    await until('the refusal', async () => (await readFile(log, 'utf8')).includes('configuration refused') || undefined);
    expect(await level()).toBe('debug');
    expect(gateway.pid()).toBe(pid);
  });
});

it('B11 logs level debug --for changes what is written at once, returns by itself, and is in the event log; without a gateway it says so', async () => {
  await using gateway = await startGateway();
  const log = async () => await readFile(join(gateway.stateDir, 'logs/gateway.log'), 'utf8');
  await gateway.json('/api/status');
  expect(await log()).not.toContain('"route":"/api/status"');
  const set = await gateway.command(['logs', 'level', 'debug', '--for', '3s']);
  expect(set).toMatchObject({ code: 0, stdout: expect.stringMatching(/^debug until .*, then info as configured\.\n$/) });
  await gateway.json('/api/status');
  await until('the debug line', async () => (await log()).includes('"route":"/api/status"') || undefined);
  await until('the return', async () => (await gateway.json<{ level: string }>('/api/log-level')).level === 'info' || undefined);
  const events = await until('both events', async () => {
    const { stdout } = await gateway.command(['events', 'list', '--type', 'gateway.log_level_changed']);
    return stdout.includes('debug → info') ? stdout : undefined;
  });
  expect(events).toContain('Log level info → debug for 3 s');
  expect(await gateway.command(['logs', 'level', 'loud'])).toMatchObject({ code: 2, stderr: expect.stringContaining("no level 'loud'") });
  await gateway.stop();
  expect(await gateway.command(['logs', 'level', 'debug'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The gateway is stopped'),
  });
  expect((await gateway.command(['logs', '--since', '1h', '--grep', 'gateway stopping'])).stdout).toContain('gateway stopping');
  expect((await gateway.command(['logs', '--until', '1h'])).stdout).toBe('');
  expect(await gateway.command(['logs', '--since', 'yesterday'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Expected how long ago, such as 15m'),
  });
});
