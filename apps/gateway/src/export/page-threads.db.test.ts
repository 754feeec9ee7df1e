import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@openclaw-gateway/db';
import { AuthLogin } from '@openclaw-gateway/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PageRequest, PageWriter } from './page.ts';
import { PageThreads } from './page-threads.ts';

const PLANS = [
  { low: 1, end: 40 },
  { low: 41, end: 45 },
  { low: 46, end: 99, positions: [46, 60, 99] },
  { low: 100, end: 120 },
];
let dir: string;
let store: Store;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'export-pages-'));
  store = await openStore({ dir });
  const event = (index: number) => AuthLogin.create({ userId: 'usr_1', method: 'link', loginSessionHash: `h${index} 你好` });
  await store.log.append({ events: Array.from({ length: 120 }, (_, index) => ({ streamId: 'auth', event: event(index), metadata: {} })) });
});

afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

function request(change: Partial<PageRequest> = {}): PageRequest {
  return {
    databases: dir,
    format: 'jsonl',
    masking: { profile: 'none', fields: [], charsToKeep: 4 },
    maskKey: new Uint8Array(32),
    gzip: false,
    gatewayId: store.gatewayId,
    version: '9.9.9',
    ...change,
  };
}

describe('the threads of an export', () => {
  it.each([false, true])(
    'write the pages that one writer would, again and again into the same memory, gently or not (gzip: %s)',
    async (gzip) => {
      const writer = new PageWriter(request({ gzip }));
      // Too little for any page.
      const expected = PLANS.map((plan) => writer.write(plan, new ArrayBuffer(10), false));
      writer.close();
      const threads = new PageThreads(request({ gzip }));
      for (let round = 0; round < 3; round++) {
        const pages = await Promise.all(PLANS.map((plan) => threads.write(plan, round > 0)));
        expect(pages.map(({ bytes, ...rest }) => ({ ...rest, text: Buffer.from(bytes).toString('base64') }))).toEqual(
          expected.map(({ bytes, ...rest }) => ({ ...rest, text: Buffer.from(bytes).toString('base64') })),
        );
        for (const page of pages) threads.release(page);
      }
      await threads.close();
      expect(expected.map(({ events }) => events)).toEqual([40, 5, 3, 21]);
    },
  );

  it('say by its code what is wrong with the log, and end all the same', async () => {
    const threads = new PageThreads(request({ databases: join(dir, 'nowhere') }));
    const pages = await Promise.allSettled(PLANS.map((plan) => threads.write(plan, true)));
    await threads.close();
    expect(pages.map((page) => page.status === 'rejected' && page.reason.code)).toEqual(PLANS.map(() => 'LOG_UNAVAILABLE'));
  });
});
