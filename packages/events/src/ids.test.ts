import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase32, encodeBase32, ID_PREFIXES, type IdKind, idFromBytes, idToBytes, isId, newId, uuidv7 } from './ids.ts';

const kinds = Object.keys(ID_PREFIXES) as IdKind[];
const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const timeMs = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe('ids', () => {
  it('give back the bytes they were made of', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), bytes16, (kind, bytes) => {
        expect(idToBytes(kind, idFromBytes(kind, bytes))).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it('sort as text like their bytes', () => {
    fc.assert(
      fc.property(bytes16, bytes16, (a, b) => {
        expect(Math.sign(compare(encodeBase32(a), encodeBase32(b)))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
  });

  it('sort by the time they were made', () => {
    fc.assert(
      fc.property(timeMs, timeMs, (a, b) => {
        fc.pre(a < b);
        expect(newId('event', a) < newId('event', b)).toBe(true);
      }),
    );
  });

  it('hold a UUID of version 7 with its time', () => {
    fc.assert(
      fc.property(timeMs, (now) => {
        const bytes = uuidv7(now);
        expect((bytes[6] ?? 0) >> 4).toBe(7);
        expect((bytes[8] ?? 0) >> 6).toBe(2);
        expect(bytes.subarray(0, 6).reduce((value, byte) => value * 256 + byte, 0)).toBe(now);
      }),
    );
  });

  it('are of one kind only', () => {
    for (const kind of kinds) {
      const id = newId(kind);
      expect(kinds.filter((other) => isId(other, id))).toEqual([kind]);
      expect(() => idToBytes(kind === 'event' ? 'run' : 'event', id)).toThrow(TypeError);
    }
    expect(new Set(Object.values(ID_PREFIXES)).size).toBe(kinds.length);
  });

  it('are not made twice within one millisecond', () => {
    const drawn = new Set<string>();
    for (let index = 0; index < 20_000; index++) drawn.add(newId('message', 1));
    expect(drawn.size).toBe(20_000);
  });
});

describe('base32', () => {
  it('has no letter that is mistaken for another', () => {
    fc.assert(fc.property(bytes16, (bytes) => void expect(encodeBase32(bytes)).toMatch(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/)));
  });

  it('refuses text of another length or with a foreign letter', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const bytes = decodeBase32(text);
        if (bytes) expect(encodeBase32(bytes).slice(1)).toBe(text.slice(1));
        else expect(text).not.toMatch(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
      }),
    );
    expect(decodeBase32('0'.repeat(25))).toBeUndefined();
    expect(decodeBase32(`${'0'.repeat(25)}l`)).toBeUndefined();
    expect(decodeBase32(`${'0'.repeat(25)}U`)).toBeUndefined();
  });
});

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
