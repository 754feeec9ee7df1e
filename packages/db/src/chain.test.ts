import { describe, expect, test } from 'vitest';
import { CHAIN_START, type ChainedRow, chainHash, leafHash, verifyChain } from './chain.ts';

describe('the hash chain', () => {
  test('verifies what was written, and says how far', () => {
    const rows = chain(5);
    expect(verifyChain(rows)).toEqual({ ok: true, events: 5, head: 5, hash: rows[4]?.hash });
    expect(verifyChain([])).toEqual({ ok: true, events: 0, head: 0, hash: CHAIN_START });
  });

  test('goes on from an earlier check', () => {
    const rows = chain(5);
    const from = { position: 2, hash: row(rows, 2).hash };
    expect(verifyChain(rows.slice(2), from)).toMatchObject({ ok: true, events: 3, head: 5 });
    expect(verifyChain(rows.slice(2), { position: 2, hash: row(rows, 1).hash })).toEqual({
      ok: false,
      position: 3,
      reason: 'chain_broken',
    });
  });

  test.each<[string, Partial<ChainedRow>, string]>([
    ['stream', { streamId: 'session/other' }, 'chain_broken'],
    ['version', { version: 9 }, 'chain_broken'],
    ['type', { type: 'gateway.started' }, 'chain_broken'],
    ['schema version', { schemaVersion: 2 }, 'chain_broken'],
    ['time', { time: 1 }, 'chain_broken'],
    ['event id', { eventId: Buffer.alloc(16) }, 'chain_broken'],
    ['metadata', { metadata: '{"channel":"x"}' }, 'chain_broken'],
    ['data', { data: Buffer.from('another body') }, 'data_changed'],
    ['data and its hash', { data: Buffer.from('another'), dataHash: leafHash(Buffer.from('another')) }, 'chain_broken'],
    ['hash', { hash: Buffer.alloc(32) }, 'chain_broken'],
  ])('names the position at which the %s was changed', (_, change, reason) => {
    const rows = chain(5).map((each) => (each.position === 3 ? { ...each, ...change } : each));
    expect(verifyChain(rows)).toEqual({ ok: false, position: 3, reason });
  });

  test('names the position of a row that was removed, swapped or put in', () => {
    const rows = chain(5);
    const without = rows.filter((each) => each.position !== 3);
    expect(verifyChain(without)).toEqual({ ok: false, position: 3, reason: 'missing' });
    expect(verifyChain(without.map((each, index) => ({ ...each, position: index + 1 })))).toMatchObject({ ok: false, position: 3 });
    const swapped = rows.with(1, { ...row(rows, 3), position: 2 }).with(2, { ...row(rows, 2), position: 3 });
    expect(verifyChain(swapped)).toEqual({ ok: false, position: 2, reason: 'chain_broken' });
    const forged = { ...row(rows, 2), position: 3 };
    expect(verifyChain([...rows.slice(0, 2), forged, ...rows.slice(2)])).toEqual({ ok: false, position: 3, reason: 'chain_broken' });
  });

  test('still verifies when a body was erased, since it covers only the hash of the body', () => {
    const rows = chain(5).map((each) => (each.position === 3 ? { ...each, data: null } : each));
    expect(verifyChain(rows)).toMatchObject({ ok: true, head: 5 });
  });

  test('keeps fields apart that would read alike side by side', () => {
    const [first] = chain(1);
    if (!first) throw new TypeError('no row');
    const one = chainHash(CHAIN_START, { ...first, streamId: 'ab', type: 'c' });
    const other = chainHash(CHAIN_START, { ...first, streamId: 'a', type: 'bc' });
    expect(one).not.toEqual(other);
  });

  test('has the value that files on disk were written with', () => {
    const fields = {
      position: 2 ** 33 + 1,
      streamId: 'session/ses_ü',
      version: 7,
      type: 'message.received',
      schemaVersion: 1,
      time: 1_700_000_000_000,
      eventId: Buffer.alloc(16, 1),
      dataHash: leafHash(Buffer.from('{"text":"hello"}')),
      metadata: '{"channel":"http"}',
    };
    expect(chainHash(CHAIN_START, fields).toString('hex')).toBe('1182c25ce3dd1f7be862c498285d473f1d05cb38cf8154f4de2b6a511ad8402b');
  });
});

function chain(length: number): ChainedRow[] {
  const rows: ChainedRow[] = [];
  for (let position = 1; position <= length; position++) {
    const data = Buffer.from(`salt and body ${position}`);
    const fields = {
      position,
      streamId: 'gateway/x',
      version: position,
      type: 'gateway.stopped',
      schemaVersion: 1,
      time: 1000 + position,
      eventId: Buffer.alloc(16, position),
      metadata: '{}',
      dataHash: leafHash(data),
    };
    rows.push({ ...fields, data, hash: chainHash(rows.at(-1)?.hash ?? CHAIN_START, fields) });
  }
  return rows;
}

function row(rows: readonly ChainedRow[], position: number): ChainedRow {
  const found = rows[position - 1];
  if (!found) throw new TypeError(`no row ${position}`);
  return found;
}
