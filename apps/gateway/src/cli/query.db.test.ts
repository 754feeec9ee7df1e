import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@openclaw-gateway/db';
import { GatewayStopped } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CommandResult, runOpenclaw } from './testing/openclaw.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-query-'));
  const store = await openStore({ dir: join(dir, 'state') });
  for (const reason of ['today 天气很好', 'an upgrade', 'power was lost']) {
    await store.log.append({ events: [{ streamId: 'gateway/gw_test', event: GatewayStopped.create({ reason, uptimeMs: 1 }) }] });
  }
  await store.waitForViews(3, 10_000);
  await store.close();
});
afterEach(() => rm(dir, { recursive: true }));

const openclaw = (...args: string[]): Promise<CommandResult> => runOpenclaw(dir, args);

it('B16 events list -q finds events of a stopped gateway by the query language', async () => {
  const found = async (query: string) => {
    const { stdout } = await openclaw('events', 'list', '-q', query, '--json');
    return (JSON.parse(stdout) as { rows: { position: number }[] }).rows.map((row) => row.position);
  };
  expect(await found('天气 OR upgrade')).toEqual([2, 1]);
  expect(await found('type:gateway.* -upgrade seq:>1')).toEqual([3]);
  const { stdout } = await openclaw('events', 'list', '--query', "stopped OR it's OR upgrade", '--limit', '1');
  expect(stdout).toContain('an upgrade');
  const more = await openclaw('events', 'list', '-q', 'type:gateway.* -"it\'s"', '--limit', '1');
  expect(more.stdout).toContain(`openclaw events list --before 3 -q 'type:gateway.* -"it'\\''s"'`);
});

it('B16 a query that cannot be read is shown with a caret below the mistake, and as JSON', async () => {
  const { code, stderr } = await openclaw('events', 'list', '-q', 'type:gateway.* sesion:x');
  expect(code).toBe(1);
  expect(stderr).toContain('error: There is no field sesion. Did you mean session?\n  type:gateway.* sesion:x\n                 ^^^^^^\n');
  const asJson = await openclaw('events', 'list', '-q', 'dur:fast', '--json');
  expect(JSON.parse(asJson.stdout)).toMatchObject({ ok: false, error: { code: 'QUERY_INVALID', details: { start: 4, end: 8 } } });
});
