import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type GatewayProcess, startGateway } from './gateway-process.ts';

test('A2 a view that stopped at an event holds up no start and no message, unless it is one that says what is unfinished', async () => {
  await using gateway = await startGateway();
  await say(gateway, 'first');
  expect(await gateway.stop()).toBe(0);
  stopView(gateway.stateDir, 'usage');
  await gateway.start();
  expect(gateway.output()).toContain('a view stopped at an event that it could not take');
  await say(gateway, 'second');
  expect(await gateway.stop()).toBe(0);

  stopView(gateway.stateDir, 'sessions');
  await expect(gateway.start()).rejects.toThrow('A view of the log stopped at an event that it could not take.');
  expect((await gateway.command(['doctor', '--fix'])).stdout).toContain('views.stopped');
  await gateway.start();
  await say(gateway, 'third');
});

async function say(gateway: GatewayProcess, text: string): Promise<void> {
  const body = JSON.stringify({ from: 'ada', text });
  const headers = { 'content-type': 'application/json' };
  const answer = await gateway.json<{ reply: string }>('/api/messages?wait=30s', { method: 'POST', headers, body });
  expect(answer.reply).toContain(text);
}

/** As an event leaves it that it cannot take: the first. */
function stopView(stateDir: string, name: string): void {
  const views = new Database(join(stateDir, 'state', 'views.db'));
  const { changes } = views
    .prepare("UPDATE projections SET position = 0, stopped_position = 1, stopped_message = 'cannot read this' WHERE name = ?")
    .run(name);
  views.close();
  expect(changes).toBe(1);
}
