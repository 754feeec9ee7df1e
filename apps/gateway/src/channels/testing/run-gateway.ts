/** A whole gateway for tests of channels, driven by the command line. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { runOpenclaw } from '../../cli/testing/openclaw.ts';
import { startGateway } from '../../gateway.ts';

export const PATIENCE = { timeout: 30_000, interval: 20 };
// On a busy machine a gateway and the commands beside it take their time, and what is waited for in between has its own.
vi.setConfig({ testTimeout: 3 * PATIENCE.timeout });

/** Starts a gateway with these channels; it is stopped when the test is over. */
export async function runGateway(channels: object, more: object = {}, ofGateway: object = {}) {
  const stateDir = await mkdtemp(join(tmpdir(), 'connections-'));
  onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
  const configPath = join(stateDir, 'openclaw.json');
  const gateway = { logging: { level: 'fatal', file: { enabled: false } }, network: { port: 0 }, ...ofGateway };
  await writeFile(configPath, JSON.stringify({ channels, gateway, ...more }));
  const start = async () => {
    const started = await startGateway({ stateDir, configPath });
    const { port } = new URL(started.url);
    await writeFile(configPath, JSON.stringify({ channels, gateway: { ...gateway, network: { port: Number(port) } }, ...more }));
    return started;
  };
  let running = await start();
  onTestFinished(() => running.stop('end of the test'));
  const cli = async (...args: string[]) => await runOpenclaw(stateDir, args);
  const json = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).stdout) as Record<string, never>;
  return {
    url: () => running.url,
    get: (path: string) => fetch(`${running.url}${path}`, { headers: { authorization: `Bearer ${running.token}` } }),
    call: (path: string, body: object) =>
      fetch(`${running.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${running.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    cli,
    json,
    restart: async () => {
      await running.stop('restart');
      running = await start();
    },
    untilConnected: () =>
      vi.waitFor(async () => {
        const response = await fetch(`${running.url}/api/channels`, { headers: { authorization: `Bearer ${running.token}` } });
        expect(await response.json()).toMatchObject({ channels: [{ connected: true }] });
      }, PATIENCE),
  };
}
