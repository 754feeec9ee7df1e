/** The query language at the HTTP door of a whole gateway. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningGateway, startGateway } from '../gateway.ts';

let stateDir: string;
let gateway: RunningGateway;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'gateway-'));
  await writeFile(join(stateDir, 'openclaw.json'), JSON.stringify({ gateway: { logging: { level: 'error' } } }));
  gateway = await startGateway({ stateDir, configPath: join(stateDir, 'openclaw.json'), port: 0 });
  for (const text of ['where is my refund', '请把发票发给我']) {
    const body = JSON.stringify({ from: 'ann', text });
    await fetch(`${gateway.url}/api/messages?wait=10s`, {
      method: 'POST',
      body,
      headers: { ...headers(), 'content-type': 'application/json' },
    });
  }
});

afterAll(async () => {
  await gateway.stop('end of the test');
  await rm(stateDir, { recursive: true });
});

const headers = () => ({ authorization: `Bearer ${gateway.token}` });

type Row = { readonly position: number; readonly type: string; readonly summary: string };

async function ask(q: string, rest = '') {
  const response = await fetch(`${gateway.url}/api/events?q=${encodeURIComponent(q)}${rest}`, { headers: headers() });
  const body = (await response.json()) as { rows: Row[]; next?: number; error?: { code: string; message: string; details: unknown } };
  return { status: response.status, ...body };
}

test('B16 a query finds events by fields and by the words in them, newest first or oldest first', async () => {
  const newest = await ask('refund');
  expect(newest.rows.map((row) => row.type)).toEqual(['model.responded', 'message.received']);
  const oldest = await ask('refund', '&after=0');
  expect(oldest.rows.map((row) => row.position)).toEqual(newest.rows.map((row) => row.position).reverse());
  expect((await ask('type:message.received 发票')).rows.map((row) => row.summary)).toEqual(['http message: 请把发票发给我']);
  expect((await ask('type:message.received -refund')).rows).toHaveLength(1);
  expect((await ask('refund sev:>=warn')).rows).toEqual([]);
  const first = await ask('type:(message.received,message.delivered)', '&limit=1');
  const second = await ask('type:(message.received,message.delivered)', `&limit=1&before=${first.next}`);
  expect(second.rows[0]?.position).toBeLessThan(first.rows[0]?.position ?? 0);
});

test('B16 a query that cannot be read is refused with the place and the nearest name', async () => {
  expect(await ask('type:run.* sesion:x')).toMatchObject({
    status: 400,
    error: {
      code: 'QUERY_INVALID',
      message: 'There is no field sesion. Did you mean session?\n  type:run.* sesion:x\n             ^^^^^^',
      details: { problem: 'There is no field sesion. Did you mean session?', start: 11, end: 17 },
    },
  });
  expect(await ask('x'.repeat(2001))).toMatchObject({ status: 400, error: { code: 'BAD_REQUEST' } });
});
