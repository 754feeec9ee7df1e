/** Schedules in a whole gateway, with a real bot API, by command line. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startTelegram } from '../../../../e2e/stand-ins/telegram.ts';
import { runOpenclaw } from '../cli/testing/openclaw.ts';
import { type GatewayOptions, startGateway } from '../gateway.ts';

const PATIENCE = { timeout: 30_000, interval: 20 };

async function start(options: Pick<GatewayOptions, 'safeMode'> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'schedules-'));
  const telegram = await startTelegram({ token: '1:one' });
  const config = (schedules: object) =>
    writeFile(
      join(dir, 'openclaw.json'),
      JSON.stringify({
        gateway: { logging: { level: 'fatal', file: { enabled: false } }, network: { port: 0 } },
        channels: { telegram: { botToken: telegram.token, apiRoot: telegram.url } },
        schedules,
      }),
    );
  await config({ yearly: { cron: '0 0 1 1 *', text: 'happy new year', channel: 'telegram', to: { id: '42' } } });
  const gateway = await startGateway({ stateDir: dir, configPath: join(dir, 'openclaw.json'), ...options });
  onTestFinished(async () => {
    await gateway.stop('end of the test');
    await telegram.close();
    await rm(dir, { recursive: true, force: true });
  });
  const api = async (path: string, method = 'GET', body?: object) => {
    const headers = { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' };
    const answer = await fetch(gateway.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const types = async (type: string) =>
    ((await api(`/api/events?type=${type}`)).body as { rows: { summary: string; actor?: string }[] }).rows;
  /** A command line that is told where the gateway is. */
  const openclaw = async (...args: string[]) => {
    const home = join(dir, 'elsewhere');
    await mkdir(home, { recursive: true });
    const reached = { network: { port: Number(new URL(gateway.url).port) }, auth: { token: gateway.token } };
    await writeFile(join(home, 'openclaw.json'), JSON.stringify({ gateway: reached }));
    const { code, stdout, stderr } = await runOpenclaw(home, args);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  return { telegram, api, types, openclaw };
}

test('the message of a schedule is run by command, answered where it says, and who asked for it is in the trail', async () => {
  const { telegram, api, types, openclaw } = await start();
  const { messageId } = JSON.parse(await openclaw('schedules', 'run', 'yearly', '--json')) as { messageId: string };
  await vi.waitFor(() => expect(telegram.sent).toMatchObject([{ chatId: '42', text: 'echo: happy new year' }]), PATIENCE);
  const next = Date.UTC(new Date().getUTCFullYear() + 1, 0, 1);
  const row = { name: 'yearly', enabled: true, next, last: { outcome: 'fired', messageId } };
  expect(JSON.parse(await openclaw('schedules', 'list', '--json'))).toMatchObject({ schedules: [row] });
  expect(await openclaw('schedules', 'list')).toMatch(/yearly +0 0 1 1 \* \(UTC\) .*fired/);
  await vi.waitFor(async () => expect(await types('audit.action_ended')).toHaveLength(1), PATIENCE);
  expect((await api('/api/schedules/monthly/run', 'POST', {})).body).toMatchObject({ error: { code: 'SCHEDULE_NOT_FOUND' } });
});

test('schedules are taken over while the gateway runs', async () => {
  const { api, types } = await start();
  await vi.waitFor(async () => expect(await types('schedule.set')).toHaveLength(1), PATIENCE);
  const value = { cron: '30 6 * * *', text: 'up', channel: 'telegram', to: { id: '42' } };
  expect((await api('/api/config', 'PATCH', { op: 'set', path: 'schedules.daily', value })).status).toBe(200);
  await vi.waitFor(async () => expect((await types('schedule.set'))[0]?.summary).toBe('Schedule daily: 30 6 * * * (UTC)'), PATIENCE);
});

test('a gateway in safe mode sets none up and refuses to run one', async () => {
  const { api, types } = await start({ safeMode: { since: Date.now(), asked: true, crashes: 0 } });
  expect((await api('/api/schedules/yearly/run', 'POST', {})).body).toMatchObject({ error: { code: 'SAFE_MODE' } });
  expect(await types('schedule.*')).toEqual([]);
});
