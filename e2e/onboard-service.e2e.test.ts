import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { prepareOnboarding } from './onboarding.ts';
import { startOpenAi } from './stand-ins/openai.ts';
import { startServiceManagers } from './stand-ins/service-managers.ts';

const KEY = 'sk-onboarding-secret-0123456789';

type Report = {
  ok: boolean;
  service: { installed: boolean; manager?: string; error?: { code: string } };
  gateway: { url: string; pid: number };
};

it('B6 B4 onboard --install-daemon makes a service of systemd that has the keys it needs; again it changes nothing', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-managers-'));
  const managers = await startServiceManagers(dir);
  const server = await startOpenAi();
  await using onboarding = await prepareOnboarding({
    PATH: [managers.bin, process.env['PATH'] ?? ''].join(delimiter),
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: server.url,
  });
  const args = ['--port', String(onboarding.port), '--install-daemon', '--json'];
  const without = JSON.parse((await onboarding.onboard(...args)).stdout) as Report;
  expect(without).toMatchObject({ ok: false, service: { installed: false, error: { code: 'CONFIG_ENV_MISSING' } } });
  expect((await fetch(`${without.gateway.url}/readyz`)).status).toBe(200);

  const result = await onboarding.onboard(...args, '--save-keys');
  const first = JSON.parse(result.stdout) as Report;
  expect(first).toMatchObject({ ok: true, service: { installed: true, manager: 'systemd' } });
  expect(await onboarding.openclaw('message', 'send', '--to', 'ann', '--message', 'Hello')).toMatchObject({ stdout: 'pong\n' });
  const unit = await readFile(join(onboarding.dir, '.config/systemd/user/openclaw-gateway.service'), 'utf8');
  expect(unit + result.stdout).not.toContain(KEY);

  const second = JSON.parse((await onboarding.onboard(...args)).stdout) as Report;
  expect(second).toMatchObject({ ok: true, service: { installed: true }, gateway: { pid: first.gateway.pid } });
  await onboarding.openclaw('gateway', 'uninstall');
  await server.close();
  await rm(dir, { recursive: true, force: true });
});
