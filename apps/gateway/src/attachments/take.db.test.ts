import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../config/read.ts';
import { AttachmentStore } from './store.ts';
import { take } from './take.ts';

const never = new AbortController().signal;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'attachments-'));
});
afterEach(() => rm(dir, { recursive: true }));

const settingsOf = (attachments: object) => readConfig(JSON.stringify({ attachments }), { env: {} }).config.attachments;
async function taken(attachments: object, ...files: readonly InboundAttachment[]) {
  const settings = settingsOf(attachments);
  const keyOf = (hash: string) => createHmac('sha256', 'secret').update(hash).digest();
  const store = await AttachmentStore.open({ dir, keyOf, quota: () => settings.quota });
  return (await take(store, files, settings, never)).attachments;
}
const file = (content: string, over: Partial<InboundAttachment> = {}): InboundAttachment => ({
  open: async () =>
    (async function* () {
      yield Buffer.from(content);
    })(),
  ...over,
});

test('D attachments.maxSize: a larger file is not kept, and not fetched where the service says its size', async () => {
  const opened: string[] = [];
  const said = file('xxxxx', {
    size: 5,
    open: async () => {
      opened.push('said');
      throw new Error('not to be fetched');
    },
  });
  expect(await taken({ maxSize: 4 }, file('xxxxx', { name: 'big.txt' }), said, file('xxxx', { size: 1 }))).toMatchObject([
    { name: 'big.txt', size: 0, problem: { code: 'ATTACHMENT_TOO_LARGE' } },
    { size: 5, problem: { code: 'ATTACHMENT_TOO_LARGE' } },
    { size: 4, mimeType: 'text/plain', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
  expect(opened).toEqual([]);
  expect(await readdir(dir)).toHaveLength(1);
});

test('D attachments.maxPerMessage: what is beyond is named and not kept', async () => {
  const [first, second] = await taken({ maxPerMessage: 1 }, file('a'), file('b', { name: 'b.txt' }));
  expect(first?.problem).toBeUndefined();
  expect(second).toMatchObject({ name: 'b.txt', problem: { code: 'ATTACHMENTS_TOO_MANY' } });
  expect(await taken({ maxPerMessage: 0 }, ...Array.from({ length: 5000 }, () => file('a')))).toHaveLength(100);
});

test('D attachments.quota: with the folder full a message loses its file, not itself', async () => {
  const attachments = { quota: 10 };
  expect((await taken(attachments, file('12345678')))[0]?.problem).toBeUndefined();
  expect(await taken(attachments, file('abc'))).toMatchObject([{ problem: { code: 'ATTACHMENTS_FULL' } }]);
});

test('D attachments.downloadTimeout: a source that never answers, or stops in the middle, is given up', async () => {
  const silent = file('', { open: () => new Promise(() => undefined) });
  const stuck = file('', {
    open: async () =>
      (async function* () {
        yield Buffer.from('half');
        await new Promise(() => undefined);
      })(),
  });
  expect(settingsOf({}).downloadTimeout).toBe(60_000);
  for (const source of [silent, stuck]) {
    expect(await taken({ downloadTimeout: '1s' }, source, file('x'))).toMatchObject([
      { problem: { code: 'ATTACHMENT_UNAVAILABLE', message: expect.stringContaining('1000 ms') } },
      { problem: { code: 'ATTACHMENT_UNAVAILABLE' } },
    ]);
  }
  expect(await readdir(dir)).toEqual([]);
});

test('what a source fails with is not repeated: it may hold an address with a token', async () => {
  const failing = file('', {
    name: '../x\u202e.png',
    mimeType: 'image/png\r\nx: y',
    open: () => Promise.reject(new Error('GET /bot123:secret')),
  });
  const [attachment] = await taken({}, failing);
  expect(attachment).toMatchObject({ name: 'x.png', mimeType: 'application/octet-stream', problem: { code: 'ATTACHMENT_UNAVAILABLE' } });
  expect(JSON.stringify(attachment)).not.toContain('secret');
});
