import { GatewayError } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from './json.ts';

function fault(text: string): unknown {
  try {
    parseJson(text);
  } catch (error) {
    return (error as GatewayError).details;
  }
  return 'none';
}

test('what JSON.parse takes is taken', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(parseJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([
  ['{"a":1,}', 7],
  ['{"a" 1}', 5],
  ['[1,2', 4],
  ['[1 2]', 3],
  ['{"a":tru}', 5],
  ['{a:1}', 1],
  ['"open', 0],
  ['1 2', 2],
  ['[1,]', 3],
  ['{"a":"\\x"}', 5],
  ['\ufeff{}', 0],
])('%j is at fault at %i', (text, position) => {
  expect(fault(text)).toMatchObject({ position });
});

test('line and column are counted from one', () => {
  expect(fault('{\n  "text": "hi"\n  "from": "me"\n}')).toEqual({ position: 19, line: 3, column: 3 });
});

test('a fault is found wherever JSON.parse finds one', () => {
  const damaged = fc.tuple(fc.jsonValue(), fc.nat(), fc.string({ minLength: 1, maxLength: 2 })).map(([value, at, junk]) => {
    const text = JSON.stringify(value);
    const cut = at % (text.length + 1);
    return text.slice(0, cut) + junk + text.slice(cut);
  });
  fc.assert(
    fc.property(damaged, (text) => {
      try {
        JSON.parse(text);
      } catch {
        const found = fault(text) as { position: number };
        expect(found.position).toBeLessThanOrEqual(text.length);
        return;
      }
      expect(fault(text)).toBe('none');
    }),
  );
});

test('a body that is nested a million deep neither hangs nor overflows', () => {
  expect(() => parseJson('['.repeat(1_000_000))).toThrow(GatewayError);
});
