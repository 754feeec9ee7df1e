import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readDocument } from '../replay/configs.ts';
import { decide } from '../replay/decisions.ts';
import type { DecisionChange, RecordedDecision } from '../replay/job.ts';
import { runDecisions } from '../replay/run-decisions.ts';
import { CHANGE_VERDICTS, ChangesFile, readChanges, removeChanges } from './changes-file.ts';

const ID = 'rpl_00000000000000000000000000';
const DOCUMENT = { channels: { telegram: { botToken: '***', dmPolicy: 'open' } } };
const OPEN = readDocument(DOCUMENT);
const DECISION = { allowed: true, rule: 'r', reason: 'because' };

async function setUp() {
  const dir = await mkdtemp(join(tmpdir(), 'changes-'));
  const file = new ChangesFile(dir, ID);
  onTestFinished(async () => {
    await file[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });
  return { dir, file };
}

const change = (verdict: DecisionChange['verdict'], position: number): DecisionChange => ({
  verdict,
  position,
  messageId: `msg_${position}`,
  channel: 'telegram',
  before: DECISION,
  after: DECISION,
});

async function all(dir: string, page: { verdict?: DecisionChange['verdict']; limit: number }) {
  const positions: number[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const found = await readChanges(dir, ID, { ...page, ...(cursor !== '' && { cursor }) });
    positions.push(...found.rows.map(({ position }) => position));
    cursor = found.next;
  }
  return positions;
}

test.each([1, 2, 3, 7, 100])(
  'B16 changes are read in pages of %d, looser first, each once, and those of one verdict alone',
  async (limit) => {
    const { dir, file } = await setUp();
    await file.add([change('route changed', 9), change('looser', 8), change('stricter', 7)]);
    await file.add([change('looser', 6), change('route changed', 5), change('route changed', 4)]);
    expect(await all(dir, { limit })).toEqual([8, 6, 7, 9, 5, 4]);
    expect(await all(dir, { limit, verdict: 'looser' })).toEqual([8, 6]);
    expect(await all(dir, { limit, verdict: 'stricter' })).toEqual([7]);
    await removeChanges(dir, ID);
    expect(await readdir(dir)).toEqual([]);
    expect(await all(dir, { limit })).toEqual([]);
  },
);

test('B16 a place that no page gave is refused', async () => {
  const { dir } = await setUp();
  await expect(readChanges(dir, ID, { cursor: '../etc', limit: 1 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

test('B16 a hundred thousand messages are decided a few at a time, the counts exact, the list paged to its bound', async () => {
  const MESSAGES = 100_000;
  const BATCH = 500;
  const { dir, file } = await setUp();
  const candidate = { channels: { telegram: { botToken: '***', dmPolicy: 'allowlist', allowFrom: ['1'] } } };
  let most = 0;
  let given = 0;
  async function* messages(): AsyncGenerator<readonly RecordedDecision[]> {
    for (let from = 0; from < MESSAGES; from += BATCH) {
      given += BATCH;
      yield Array.from({ length: BATCH }, (_, index) => recorded(MESSAGES - from - index));
    }
  }
  const summary = await runDecisions({ configs: [{ position: 1, hash: 'aaaa', document: DOCUMENT }], candidate }, messages(), {
    onDecided: async (changes, done) => {
      most = Math.max(most, given - done);
      await file.add(changes);
    },
  });
  expect(most).toBeLessThanOrEqual(BATCH);
  expect(summary).toMatchObject({
    messages: MESSAGES,
    counts: { identical: MESSAGES / 4, looser: 0, stricter: (MESSAGES * 3) / 4, 'route changed': 0 },
    unfaithfulCount: 0,
  });
  expect(file.listed()).toBe(20_000);
  const positions = await all(dir, { limit: 500 });
  expect(positions).toHaveLength(20_000);
  expect(positions).toEqual(positions.toSorted((a, b) => b - a));
  expect(await file.digest(summary.counts)).toMatch(/^[0-9a-f]{64}$/);
  expect(CHANGE_VERDICTS[0]).toBe('looser');
}, 120_000);

/** Every fourth message is of the one who stays allowed. */
function recorded(position: number): RecordedDecision {
  const senderId = String((position % 4) + 1);
  const bare = {
    position: position + 1,
    time: position,
    messageId: `msg_${position}`,
    channel: 'telegram',
    account: 'default',
    senderId,
    peer: { kind: 'direct', id: senderId },
    method: 'channel',
    configHash: 'aaaa',
    text: 'hello',
    outcome: { allowed: false, rule: '', reason: '' },
  } as const;
  return { ...bare, outcome: decide(bare, OPEN) };
}
