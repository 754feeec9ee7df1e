import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTelegram, type TelegramServer } from './telegram.ts';

let telegram: TelegramServer;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeEach(async () => {
  telegram = await startTelegram();
});
afterEach(async () => {
  agent.destroy();
  await telegram.close();
});

function poll(offset: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = `/bot${telegram.token}/getUpdates?timeout=30&offset=${offset}`;
    request(telegram.url + path, { agent }, (response) => resolve(text(response)))
      .once('error', reject)
      .end();
  });
}

test('many polls over one connection leave nothing behind on it', async () => {
  const warnings: Error[] = [];
  const collect = (warning: Error) => void warnings.push(warning);
  process.on('warning', collect);
  let offset = 0;
  for (let polls = 1; polls <= 12; polls++) {
    const answer = poll(offset);
    await telegram.until(() => telegram.calls.get('getUpdates') === polls);
    telegram.say({ text: `${polls}` });
    const { result } = JSON.parse(await answer) as { result: { update_id: number; message: { text: string } }[] };
    expect(result.map(({ message }) => message.text)).toEqual([`${polls}`]);
    offset = (result[0]?.update_id ?? 0) + 1;
  }
  await setImmediate();
  process.off('warning', collect);
  expect(warnings).toEqual([]);
});
