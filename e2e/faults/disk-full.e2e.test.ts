import { expect, it } from 'vitest';
import { startHeldModel } from '../browser/held-model.ts';
import { judge } from '../crash/verdict.ts';
import { startGateway, until } from '../gateway-process.ts';
import { mountSmallDisk } from './small-disk.ts';

const MIB = 1024 * 1024;
/** The gateway takes no new messages with less than 512 MiB left. */
const [DISK, PLENTY, LOW] = [800 * MIB, 600 * MIB, 300 * MIB];

it('A8 F refuses new messages when the disk is nearly full, serves reads and finishes what it took, and after it was full loses nothing', async () => {
  await using disk = await mountSmallDisk(DISK);
  await disk.leaveBytes(PLENTY);
  // Long answers, so that the log grows by more than the blocks it already has.
  await using model = await startHeldModel('re: ', 'x'.repeat(100_000));
  const config = {
    agents: { defaults: { model: 'stand-in/any' } },
    models: { providers: { 'stand-in': { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } } },
  };
  await using gateway = await startGateway({ config, stateDir: disk.path });
  const say = (text: string) =>
    gateway.request('/api/messages', { method: 'POST', body: JSON.stringify({ from: text, text, idempotencyKey: text }) });
  const accepted = Array.from({ length: 60 }, (_, index) => `message ${index}`);
  for (const text of accepted) expect((await say(text)).status).toBe(202);

  await disk.leaveBytes(LOW);
  const refusal = await until('a message to be refused', async () => {
    const response = await say('one too many');
    return response.status === 202 ? undefined : response;
  });
  expect({ status: refusal.status, body: await refusal.json() }).toMatchObject({ status: 503, body: { error: { code: 'DISK_LOW' } } });
  const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/messages?settled=false&limit=100');
  expect(rows.length).toBeGreaterThanOrEqual(accepted.length);

  await disk.leaveBytes(0);
  model.release();
  expect(await gateway.exited()).toBe(1);
  expect(gateway.output()).toContain('LOG_UNAVAILABLE');

  await disk.leaveBytes(PLENTY);
  await gateway.start();
  await until('the queue to drain', async () => {
    const { rows: left } = await gateway.json<{ rows: readonly unknown[] }>('/api/messages?settled=false&limit=1');
    return left.length === 0 || undefined;
  });
  expect((await say('after')).status).toBe(202);
  await gateway.stop();
  const verdict = await judge(disk.path, { acknowledged: new Set([...accepted, 'after']), said: new Set(), sent: [] });
  expect(verdict).toMatchObject({ lost: 0, violations: [] });
  expect(verdict.messages).toBeGreaterThan(accepted.length);
});
