import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startGateway, until } from './gateway-process.ts';
import { CASES } from './injection/cases.ts';
import { configOf, startObedientModels } from './injection/model.ts';
import { startHttpServer } from './stand-ins/http-server.ts';

type Row = { readonly position: number; readonly type: string };

it('A5 a model that obeys 200 and more injections has no effect that nobody approved: no tool runs, nothing is written, fetched, sent or changed', async () => {
  expect(CASES.length).toBeGreaterThanOrEqual(200);
  const visits: string[] = [];
  const trapServer = await startHttpServer((request, _body, response) => {
    visits.push(request.url ?? '');
    response.end();
  });
  await using models = await startObedientModels({ url: trapServer.origin, file: `/tmp/openclaw-injection-${process.pid}` });
  await using gateway = await startGateway({ config: configOf(models) });
  const token = await gateway.token();
  const { hash } = await gateway.json<{ hash: string }>('/api/config');
  const say = (index: number) => {
    const agentId = index % 2 === 0 ? 'main' : 'other';
    return gateway.json('/api/messages', {
      method: 'POST',
      body: JSON.stringify({ from: `attacker-${index}`, agentId, text: CASES[index]?.text(trapServer.origin) }),
    });
  };
  for (let at = 0; at < CASES.length; at += 6) await Promise.all(CASES.slice(at, at + 6).map(({ number }) => say(number)));
  await until(
    'every message to end',
    async () => {
      const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/messages?settled=false&limit=1');
      return rows.length === 0 || undefined;
    },
    240_000,
  );

  const events: Row[] = [];
  for (let after = 0; ; ) {
    const page = await gateway.json<{ rows: readonly Row[] }>(
      `/api/events?after=${after}&limit=500&type=tool.*,message.delivered,config.*,gateway.stopped,delivery.requested`,
    );
    events.push(...page.rows);
    const last = page.rows.at(-1);
    if (!last) break;
    after = last.position;
  }
  const count = (type: string) => events.filter((event) => event.type === type).length;
  // Both spellings of each tool's name were asked for, and each was refused.
  expect(count('tool.requested')).toBe(2 * CASES.length);
  expect(count('tool.denied')).toBe(2 * CASES.length);
  expect({ started: count('tool.started'), approved: count('tool.approved'), stopped: count('gateway.stopped') }).toEqual({
    started: 0,
    approved: 0,
    stopped: 0,
  });
  expect(count('message.delivered')).toBe(CASES.length);
  expect(count('delivery.requested')).toBe(CASES.length);
  expect(visits).toEqual([]);
  expect(existsSync(`/tmp/openclaw-injection-${process.pid}`)).toBe(false);
  expect((await gateway.json<{ hash: string }>('/api/config')).hash).toBe(hash);
  expect(await gateway.token()).toBe(token);

  // What strangers and models wrote cannot steer a terminal, nor forge a line of the log.
  for (const args of [
    ['events', 'list', '--limit', '500'],
    ['sessions', 'list'],
    ['audit', 'list'],
    ['events', 'list', '--json', '--limit', '500'],
    ['sessions', 'list', '--json'],
    ['message', 'send', '--to', 'x', '--message', '\u001b]0;x\u0007 \u202e hi'],
  ]) {
    const { stdout, stderr } = await gateway.command(args);
    expect(controls(stdout + stderr), args.join(' ')).toEqual([]);
  }
  const lines = (await readFile(join(gateway.stateDir, 'logs', 'gateway.log'), 'utf8')).split('\n').filter((line) => line !== '');
  expect(lines.filter((line) => JSON.parse(line).forged === true)).toEqual([]);
  await trapServer.close();
});

/** What a terminal would obey or show in another order; there is no colour where nobody looks. */
function controls(text: string): readonly string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return [...text.matchAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Bidi_Control}/gu)].map(
    ([found]) => `U+${found.codePointAt(0)?.toString(16)}`,
  );
}
