import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachmentFile } from '@openclaw-gateway/db';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AttachmentStore } from './store.ts';

let dir: string;
let store: AttachmentStore;
let quota = 1e9;
const open = () => AttachmentStore.open({ dir, keyOf: (hash) => createHmac('sha256', 'secret').update(hash).digest(), quota: () => quota });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'attachments-'));
  quota = 1e9;
  store = await open();
});
afterEach(() => rm(dir, { recursive: true }));

async function* chunks(...parts: readonly (string | Uint8Array)[]) {
  for (const part of parts) yield Buffer.from(part);
}
async function* no(): AsyncGenerator<string> {}
const only = (...files: readonly string[]) =>
  async function* () {
    yield* files.toSorted();
  };
const files = () => readdir(dir);

test('the same content is one file, whoever brings it, and nothing of it can be read on the disk', async () => {
  const [a, b] = await Promise.all([store.keep(chunks('a secret', ' text'), 100), store.keep(chunks('a', ' secret text'), 100)]);
  expect(a.file).toBe(b.file);
  expect(await files()).toEqual([attachmentFile(a.hash)]);
  expect(store.usage()).toEqual({ files: 1, bytes: 13 });
  const raw = await readFile(join(dir, a.file), 'latin1');
  expect(raw).not.toContain('secret');
  expect(raw).not.toContain(a.hash);
  expect(String(await store.read(a.hash))).toBe('a secret text');
  expect((await open()).usage()).toEqual(store.usage());
});

test('fifty at once with the same content are one file, which stays while any of them needs it', async () => {
  const kept = await Promise.all(Array.from({ length: 50 }, () => store.keep(chunks('same'), 100)));
  expect(store.usage()).toEqual({ files: 1, bytes: 4 });
  const [first, ...others] = kept;
  for (const { file } of others) store.release(file);
  expect(await store.sweep(no)).toEqual({ removed: [], bytes: 0 });
  store.release(first?.file ?? '');
  expect(await store.sweep(no)).toEqual({ removed: [first?.file], bytes: 4 });
  expect(await files()).toEqual([]);
  expect(store.usage()).toEqual({ files: 0, bytes: 0 });
});

test('a file that is too large, or more than all may take, leaves nothing behind', async () => {
  await expect(store.keep(chunks('12345', '67890', '1'), 10)).rejects.toMatchObject({ code: 'ATTACHMENT_TOO_LARGE' });
  await store.keep(chunks('1234567890'), 10);
  quota = 15;
  await expect(store.keep(chunks('abcdef'), 10)).rejects.toMatchObject({ code: 'ATTACHMENTS_FULL' });
  expect(await files()).toHaveLength(1);
});

test('a source that breaks off leaves nothing behind', async () => {
  const broken = async function* () {
    yield Buffer.from('half');
    throw new Error('the line is dead');
  };
  await expect(store.keep(broken(), 100)).rejects.toThrow('the line is dead');
  expect(await files()).toEqual([]);
});

test('what a crash left half written goes with the next sweep, what is needed or being written stays', async () => {
  await store.keep(chunks('needed'), 100);
  const orphan = await store.keep(chunks('orphan'), 100);
  await writeFile(join(dir, '.part-dead'), 'half');
  // Another process: nothing is pinned any more.
  const after = await open();
  const { promise: pause, resolve: goOn } = Promise.withResolvers<void>();
  const slow = async function* () {
    yield Buffer.from('slow');
    await pause;
  };
  const writing = after.keep(slow(), 100);
  await expect.poll(async () => (await files()).filter((name) => name.startsWith('.part-')).length).toBe(2);
  const needed = await store.keep(chunks('needed'), 100);
  expect(await after.sweep(only(needed.file, '0'.repeat(64)))).toMatchObject({ removed: [orphan.file] });
  goOn();
  const written = await writing;
  expect((await files()).toSorted()).toEqual([needed.file, written.file].toSorted());
});

test('what is stored while a sweep looks is not swept, though the views do not know of it', async () => {
  const old = await store.keep(chunks('again'), 100);
  store.release(old.file);
  const { promise: looking, resolve: looked } = Promise.withResolvers<void>();
  const { promise: pause, resolve: goOn } = Promise.withResolvers<void>();
  const sweep = store.sweep(async function* () {
    looked();
    await pause;
    yield* [];
  });
  await looking;
  const again = await store.keep(chunks('again'), 100);
  store.release(again.file);
  goOn();
  expect(await sweep).toEqual({ removed: [], bytes: 0 });
  expect(String(await store.read(again.hash))).toBe('again');
});

test('a file that was changed by one bit, cut, or put in the place of another is refused', async () => {
  const { hash, file } = await store.keep(chunks('truth'), 100);
  const other = await store.keep(chunks('other'), 100);
  const whole = await readFile(join(dir, file));
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await writeFile(join(dir, file), changed);
    await expect(store.read(hash)).rejects.toMatchObject({ code: 'ATTACHMENT_CORRUPT' });
  }
  for (const damaged of [whole.subarray(0, -1), whole.subarray(0, 20), Buffer.alloc(0), await readFile(join(dir, other.file))]) {
    await writeFile(join(dir, file), damaged);
    await expect(store.read(hash)).rejects.toMatchObject({ code: 'ATTACHMENT_CORRUPT' });
  }
  await rm(join(dir, file));
  await expect(store.read(hash)).rejects.toMatchObject({ code: 'ATTACHMENT_GONE' });
  await expect(store.read('[erased]')).rejects.toMatchObject({ code: 'ATTACHMENT_GONE' });
  await expect(store.read('../../keys.db')).rejects.toMatchObject({ code: 'ATTACHMENT_GONE' });
});

test('any content comes back as it was, however it was cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 5 }), async (parts) => {
      const { hash, size, head } = await store.keep(chunks(...parts), 1e6);
      const whole = Buffer.concat(parts);
      expect(size).toBe(whole.length);
      expect(Buffer.compare(await store.read(hash), whole)).toBe(0);
      expect(Buffer.compare(Buffer.from(head), whole.subarray(0, 8192))).toBe(0);
    }),
    { numRuns: 30 },
  );
});
