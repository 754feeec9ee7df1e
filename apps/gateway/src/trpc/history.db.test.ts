import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@openclaw-gateway/db';
import { messageFlow } from '@openclaw-gateway/db/testing/flows';
import { newId, type SessionState } from '@openclaw-gateway/events';
import { applyPatch } from '@openclaw-gateway/events/json-patch';
import { expect, test } from 'vitest';
import { NO_AUDIT } from '../audit/index.ts';
import { configSchema } from '../config/schema/index.ts';
import { GiveWay } from './give-way.ts';
import type { Context } from './procedure.ts';
import { appRouter } from './router.ts';

test('B16 the dashboard reads a session and the gateway at any moment, and what changed between two', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'trpc-history-'));
  const store = await openStore({ dir });
  const sessionId = newId('session');
  for (const commit of messageFlow(sessionId, { opens: true, text: 'hello' }).commits) await store.log.append(commit);
  const head = store.log.head();
  await store.waitForViews(head, 10_000);
  const config = { current: () => ({ config: configSchema.parse({}) }) };
  const parts = { store, memory: { refusal: () => undefined }, config, audit: NO_AUDIT };
  const caller = appRouter.createCaller({
    parts,
    caller: { roles: ['admin'] },
    method: 'GET',
    giveWay: new GiveWay(() => head),
  } as unknown as Context);

  const then = await caller.history.session({ sessionId, at: '6', to: String(head) });
  const now = await caller.history.session({ sessionId, at: String(head) });
  expect(then.at.position).toBe(6);
  expect((then.state as SessionState).transcript).toMatchObject([{ role: 'user', text: 'hello' }]);
  expect(applyPatch(then.state, then.patch as Parameters<typeof applyPatch>[1])).toEqual(now.state);

  const { state, patch } = await caller.history.state({ at: '6', to: '-0s' });
  expect(Object.values(state.queue)).toMatchObject([{ status: 'running', sessionId }]);
  expect(patch).toContainEqual({ op: 'remove', path: `/queue/${Object.keys(state.queue)[0]}` });
  expect((await caller.history.state({})).state.queue).toEqual({});
  await expect(caller.history.state({ at: '99999' })).rejects.toMatchObject({ cause: { code: 'POSITION_NOT_FOUND' } });

  await store.close();
  await rm(dir, { recursive: true });
});
