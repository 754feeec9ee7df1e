import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { newId } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, openStoreReadOnly } from '../open.ts';
import type { Store } from '../store.ts';
import { configChange, messageFlow } from '../testing/flows.ts';
import { exportBundle } from './export.ts';
import { FILES, type Mask } from './format.ts';
import { importBundle } from './import.ts';
import { inspectBundle } from './inspect.ts';
import { readTar, type TarFile, writeTar } from './tar.ts';
import { verifyBundle } from './verify.ts';

const GATEWAY = { id: 'gw_01m2ferxqcfzgvwz11s207nybf', version: '0.1.0' };
const sessionId = newId('session');
let dir: string;
let store: Store;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bundle-'));
  store = await openStore({ dir });
  await store.log.append(configChange('agents.defaults.model'));
  const other = newId('session');
  for (const [turn, outcome] of (['delivered', 'delivered_after_retry', 'dead_lettered', 'delivered'] as const).entries()) {
    for (const id of [sessionId, other]) {
      const flow = messageFlow(id, { outcome, opens: turn === 0, text: `hello number ${turn}` });
      for (const commit of flow.commits) await store.log.append(commit);
    }
  }
  await store.waitForViews(store.log.head(), 10_000);
  await store.checkpoints.make();
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

const pack = async (mask: Mask = 'none') =>
  (await exportBundle({ dir, sessionId, mask, gateway: GATEWAY, checkpoints: store.checkpoints })).file;

/** The bundle with one of its files changed, and the sums made to fit it when asked. */
function tampered(packed: Buffer, name: string, change: (text: string) => string, { fitSums = false } = {}): Buffer {
  const files = [...readTar(gunzipSync(packed), FILES)].map(([file, content]): TarFile => ({ name: file, content }));
  const changed = files.map((file) => (file.name === name ? { ...file, content: Buffer.from(change(file.content.toString())) } : file));
  const sums = changed.filter((file) => file.name !== 'SHA256SUMS').map((file) => `${hash('sha256', file.content)}  ${file.name}\n`);
  const all = changed.map((file) => (fitSums && file.name === 'SHA256SUMS' ? { ...file, content: Buffer.from(sums.join('')) } : file));
  return gzipSync(writeTar(all, 0));
}

const editLine = (index: number, edit: (line: Record<string, unknown> & { stored: Record<string, unknown> }) => void) => (text: string) =>
  text
    .split('\n')
    .map((row, at) => {
      if (at !== index) return row;
      const line = JSON.parse(row);
      edit(line);
      return JSON.stringify(line);
    })
    .join('\n');

describe('B16 a bundle', () => {
  test('B16 holds the session and nothing of another one, and proves every event', async () => {
    const { manifest, lines, proof } = verifyBundle(await pack(), ['another+00000000+key', store.checkpoints.verifierKey]);
    expect(new Set(lines.map((line) => line.streamId))).toEqual(new Set(['config', `session/${sessionId}`]));
    expect(lines).toHaveLength(manifest.count);
    expect(proof).toEqual({ bodies: manifest.count, included: manifest.count, key: 'trusted' });
  });

  test('B16 imported elsewhere it gives the same events, which know where they are from', async () => {
    const bundle = verifyBundle(await pack());
    const into = await mkdtemp(join(tmpdir(), 'imported-'));
    await importBundle(bundle, into);
    const imported = await openStoreReadOnly({ dir: into });
    const [there, here] = await Promise.all([
      imported.log.readStream(`session/${sessionId}`, { limit: 1000 }),
      store.log.readStream(`session/${sessionId}`, { limit: 1000 }),
    ]);
    expect(there.map(({ id, type, data, version }) => ({ id, type, data, version }))).toEqual(
      here.map(({ id, type, data, version }) => ({ id, type, data, version })),
    );
    expect(there.map((event) => event.metadata.origin?.position)).toEqual(here.map((event) => event.position));
    expect((await imported.views.session(sessionId))?.messages).toBe(4);
    await imported.close();
    await rm(into, { recursive: true });
  });

  test.each(['default', 'strict'] as const)('B16 masked %s it names nobody, alike everywhere, and is still whole', async (mask) => {
    const packed = await pack(mask);
    const text = gunzipSync(packed).toString();
    const { lines, manifest } = verifyBundle(packed);
    const said = lines.map((line) => JSON.stringify(line.data)).join('\n');
    expect(text).not.toContain('"someone"');
    for (const { stored } of lines) expect(Buffer.from(stored.data ?? '', 'base64').toString()).not.toContain('someone');
    expect(said).toContain('person-1');
    expect(said.includes('hello number')).toBe(mask === 'default');
    expect(manifest.masking).toEqual({ profile: mask, people: 1 });
  });

  test('B16 a byte that is changed anywhere is noticed', async () => {
    const packed = await pack();
    const archive = gunzipSync(packed);
    const end = archive.findLastIndex((byte) => byte !== 0);
    fc.assert(
      fc.property(fc.nat(end), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const copy = Buffer.from(archive);
        copy[at] = (copy[at] ?? 0) ^ by;
        if (isOnlyTarTrimmings(at, archive)) return;
        expect(() => verifyBundle(gzipSync(copy, { level: 1 }))).toThrowError(expect.objectContaining({ code: 'BUNDLE_INVALID' }));
      }),
      { numRuns: 150 },
    );
  });

  test('B16 what was changed with the sums made to fit is named by its position', async () => {
    const packed = await pack();
    const at = 4;
    const position = verifyBundle(packed).lines[at]?.position ?? 0;
    const changes: Record<string, (text: string) => string> = {
      data: editLine(at, (line) => Object.assign(line.data as object, { reason: 'another' })),
      time: editLine(at, (line) => Object.assign(line, { time: (line['time'] as number) + 1 })),
      metadata: editLine(at, (line) => Object.assign(line.metadata as object, { agentId: 'other' })),
      hash: editLine(at, (line) => Object.assign(line.stored, { dataHash: '0'.repeat(64) })),
      body: editLine(at, (line) => Object.assign(line.stored, { data: Buffer.alloc(40).toString('base64') })),
    };
    for (const change of Object.values(changes)) {
      const forged = tampered(packed, 'events.jsonl', change, { fitSums: true });
      expect(() => verifyBundle(forged)).toThrowError(
        expect.objectContaining({ code: 'BUNDLE_INVALID', message: expect.stringContaining(String(position)) }),
      );
    }
  });

  test('B16 an event that is left out is missed, and a key that signs for another log is not the trusted one', async () => {
    const packed = await pack();
    const without = tampered(
      packed,
      'events.jsonl',
      (text) =>
        text
          .split('\n')
          .filter((_, index) => index !== 5)
          .join('\n'),
      { fitSums: true },
    );
    expect(() => verifyBundle(without)).toThrowError(expect.objectContaining({ code: 'BUNDLE_INVALID' }));
    expect(() => verifyBundle(packed, [`${store.checkpoints.verifierKey}x`])).toThrowError(/another key/);
  });

  test.each([
    ['is no gzip', () => Buffer.from('not a bundle at all')],
    ['is empty', () => Buffer.alloc(0)],
    ['unpacks to more than a bundle may', () => gzipSync(Buffer.alloc(300 * 1024 ** 2), { level: 1 })],
    ['names a path outside', () => gzipSync(writeTar([{ name: '../../etc/passwd', content: Buffer.from('x') }], 0))],
    [
      'has a file twice',
      () =>
        gzipSync(
          writeTar(
            [1, 2].map(() => ({ name: 'README.md', content: Buffer.from('x') })),
            0,
          ),
        ),
    ],
    ['breaks off', () => gzipSync(writeTar([{ name: 'README.md', content: Buffer.from('x') }], 0).subarray(0, 600))],
    ['has no events', () => gzipSync(writeTar([{ name: 'SHA256SUMS', content: Buffer.alloc(0) }], 0))],
  ])('B16 a file that %s is refused', (_, make) => {
    expect(() => verifyBundle(make())).toThrowError(expect.objectContaining({ code: 'BUNDLE_INVALID' }));
  });

  test('B16 a bundle that is whole has nothing wrong with it, and is shown a page at a time', async () => {
    const packed = await pack();
    const count = verifyBundle(packed).lines.length;
    const first = inspectBundle(packed, { limit: 3 });
    expect(first).toMatchObject({ findings: [], findingsCount: 0, lines: count, readable: count, next: 3 });
    expect(first.events.map(({ line, findings }) => [line, findings])).toEqual([1, 2, 3].map((line) => [line, 0]));
    const last = inspectBundle(packed, { after: count - 1, limit: 3 });
    expect(last.next).toBeUndefined();
    expect(last.events).toMatchObject([{ line: count, type: expect.any(String), summary: expect.any(String) }]);
  });

  test('B16 of a broken chain it is said where, what was expected and what is there, and the rest is shown as it is', async () => {
    const packed = await pack();
    const { lines } = verifyBundle(packed);
    const [before, at] = [lines[3], lines[4]];
    const forged = tampered(
      packed,
      'events.jsonl',
      editLine(4, (line) => Object.assign(line.stored, { previousHash: 'f'.repeat(64) })),
      { fitSums: true },
    );
    const { findings, readable, events } = inspectBundle(forged);
    expect(findings[0]).toEqual({
      where: 'events.jsonl, line 5',
      line: 5,
      position: at?.position,
      problem: expect.stringContaining('chain is broken'),
      expected: before?.stored.hash,
      found: 'f'.repeat(64),
    });
    expect(readable).toBe(lines.length);
    expect(events[4]?.findings).toBeGreaterThan(0);
  });

  test('B16 an unreadable line is shown as it is, and what the manifest says otherwise than the events do is named', async () => {
    const packed = await pack();
    const count = verifyBundle(packed).lines.length;
    const spoilt = (text: string) =>
      text
        .split('\n')
        .map((row, index) => (index === 2 ? '{"position": 3, oh' : row))
        .join('\n');
    const { findings, events, readable } = inspectBundle(tampered(packed, 'events.jsonl', spoilt, { fitSums: true }));
    expect(findings[0]).toMatchObject({ where: 'events.jsonl, line 3', problem: 'It is not JSON.', found: expect.stringContaining('oh') });
    expect(events[2]).toEqual({ line: 3, content: '{"position": 3, oh', findings: 1 });
    expect(readable).toBe(count - 1);
    const claims = tampered(
      packed,
      'manifest.json',
      (text) => text.replace(`"count": ${count}`, '"count": 9999').replace(`"count":${count}`, '"count":9999'),
      {
        fitSums: true,
      },
    );
    expect(inspectBundle(claims).findings).toEqual([
      expect.objectContaining({
        where: 'manifest.json',
        problem: expect.stringContaining('count'),
        expected: '9999',
        found: String(count),
      }),
    ]);
    expect(inspectBundle(tampered(packed, 'README.md', (text) => `${text}!`)).findings).toEqual([
      expect.objectContaining({ where: 'README.md', expected: hashOf(packed, 'README.md') }),
    ]);
  });

  test('B16 an event that says something else than what is stored of it is shown with both', async () => {
    const packed = await pack();
    const at = verifyBundle(packed).lines.findIndex(({ type }) => type === 'auth.accepted');
    const forged = tampered(
      packed,
      'events.jsonl',
      editLine(at, (line) => Object.assign(line.data as object, { reason: 'because I say so' })),
      { fitSums: true },
    );
    expect(inspectBundle(forged)).toMatchObject({
      findingsCount: 1,
      findings: [{ line: at + 1, problem: expect.stringContaining('hash covers'), found: expect.stringContaining('because I say so') }],
    });
  });

  test('B16 of a bundle that is cut what came until there is shown', async () => {
    const packed = await pack();
    const cut = inspectBundle(packed.subarray(0, Math.floor(packed.length * 0.7)));
    expect(cut.findings[0]).toMatchObject({ where: 'bundle', problem: expect.stringContaining('gzip') });
    expect(inspectBundle(Buffer.from('not a bundle'))).toMatchObject({ lines: 0, events: [], findingsCount: expect.any(Number) });
  });

  test('B16 whatever refuses a bundle is found when it is looked at, and looking never fails', async () => {
    const packed = await pack();
    const archive = gunzipSync(packed);
    const end = archive.findLastIndex((byte) => byte !== 0);
    fc.assert(
      fc.property(fc.nat(end), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const copy = Buffer.from(archive);
        copy[at] = (copy[at] ?? 0) ^ by;
        const forged = gzipSync(copy, { level: 1 });
        expect(inspectBundle(forged).findingsCount > 0).toBe(isRefused(forged));
      }),
      { numRuns: 100 },
    );
  });

  test('B16 a bundle with a key that would change every object is refused', async () => {
    const forged = tampered(await pack(), 'events.jsonl', (text) => text.replace('"data":{', '"data":{"__proto__":{"x":1},'), {
      fitSums: true,
    });
    expect(() => verifyBundle(forged)).toThrowError(/__proto__/);
  });
});

function hashOf(packed: Buffer, name: string): string {
  return hash('sha256', readTar(gunzipSync(packed), FILES).get(name) ?? '');
}

function isRefused(packed: Buffer): boolean {
  try {
    verifyBundle(packed);
    return false;
  } catch {
    return true;
  }
}

/** Bytes of a tar header that say nothing of the file (mode, owner, time) are covered by the header's checksum; padding is not. */
function isOnlyTarTrimmings(at: number, archive: Buffer): boolean {
  let offset = 0;
  while (offset < archive.length) {
    const size = Number.parseInt(archive.subarray(offset + 124, offset + 135).toString(), 8);
    if (Number.isNaN(size)) return false;
    const end = offset + 512 + size;
    const next = end + ((512 - (size % 512)) % 512);
    if (at >= end && at < next) return true;
    if (at < next) return at >= offset + 148 && at < offset + 156;
    offset = next;
  }
  return false;
}
