/** The checkpoints over HTTP, on a real gateway. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCheckpoints, verifyInclusion } from '@openclaw-gateway/db';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningGateway, startGateway } from '../gateway.ts';

let dir: string;
let gateway: RunningGateway;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-checkpoints-'));
  gateway = await startGateway({ stateDir: dir, configPath: join(dir, 'openclaw.json'), port: 0 });
});
afterEach(async () => {
  await gateway.stop('test');
  await rm(dir, { recursive: true });
});

/** What is looked at of the answers. */
type Body = {
  readonly proof: Omit<Parameters<typeof verifyInclusion>[0], 'index' | 'root'> & { readonly position: number };
  readonly checkpoint: { readonly root: string };
  readonly verifierKey: string;
  readonly checkpoints: readonly { readonly note: string }[];
  readonly hash: string;
  readonly position: number;
  readonly data: unknown;
};

async function call(path: string, body?: object): Promise<{ status: number; body: Body }> {
  const answer = await fetch(gateway.url + path, {
    headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Body };
}

test('an event is proven to be in the log by its checkpoint, and the checkpoints are listed with their notes', async () => {
  const { body: proven } = await call('/api/audit/proofs/1');
  const { position, ...proof } = proven.proof;
  expect(verifyInclusion({ ...proof, index: position - 1, root: proven.checkpoint.root })).toBe(true);
  const { body: event } = await call('/api/events/1');
  expect(proof.leaf).toBe(event.hash);
  const { body } = await call('/api/audit/checkpoints?limit=5');
  expect(body).toMatchObject({ verifierKey: proven.verifierKey, witnesses: [] });
  expect(findCheckpoints(body.checkpoints.map(({ note }) => note).join('\n')).length).toBe(body.checkpoints.length);
  expect(await call('/api/audit/proofs/100000')).toMatchObject({ status: 404, body: { error: { code: 'EVENT_NOT_FOUND' } } });
});

test('what a check found is recorded, unless it was of another log', async () => {
  const { body: event } = await call('/api/events/1');
  const recorded = await call('/api/audit/verified', { from: 1, to: 1, hash: event.hash });
  expect(recorded.status).toBe(200);
  const { body: verified } = await call(`/api/events/${recorded.body.position}`);
  expect(verified).toMatchObject({ type: 'audit.verified', data: { from: 1, to: 1, ok: true } });
  const other = await call('/api/audit/verified', { from: 1, to: 1, hash: '1'.repeat(64) });
  expect(other).toMatchObject({ status: 400, body: { error: { code: 'BAD_REQUEST' } } });
  const broken = await call('/api/audit/verified', { from: 1, to: 1, hash: '1'.repeat(64), firstBadPosition: 1, problem: 'changed' });
  const { body: failed } = await call(`/api/events/${broken.body.position}`);
  expect(failed.data).toMatchObject({ ok: false, firstBadPosition: 1, problem: { message: 'changed' } });
});
