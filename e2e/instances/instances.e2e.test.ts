import { expect, test } from 'vitest';
import { startPostgres } from '../../packages/db/src/testing/postgres.ts';
import { startGateway } from '../gateway-process.ts';

const TOKEN = 'a-token-that-all-instances-share';

test('A12 one instance leads and the other stands by: it passes on what comes in, and takes over when the first is killed', async () => {
  await using server = await startPostgres();
  const env = { OPENCLAW_DATABASE_URL: await server.database('openclaw'), OPENCLAW_GATEWAY_TOKEN: TOKEN };
  const config = (name: string) => ({ gateway: { instance: { name }, logging: { level: 'info' } } });
  await using one = await startGateway({ env, config: config('one') });
  await using two = await startGateway({ env, config: config('two') });
  const say = async (gateway: typeof one, text: string) => {
    const answer = await fetch(`${gateway.url()}/api/messages?wait=30s`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ from: 'ada', text }),
    });
    return { status: answer.status, body: (await answer.json()) as { reply?: string } };
  };
  expect(await say(one, 'first')).toMatchObject({ status: 200 });
  expect(await say(two, 'second')).toMatchObject({ status: 200 });
  const { stdout } = await two.command(['gateway', 'instances']);
  expect(stdout).toMatch(/one\s+leads/);
  expect(stdout).toMatch(/two\s+stands by/);
  await one.kill();
  await expect
    .poll(async () => (await say(two, 'third').catch(() => ({ status: 0 }))).status, { timeout: 20_000, interval: 200 })
    .toBe(200);
});
