import { expect, test } from 'vitest';
import { jsonSize, partOf } from './result-size.ts';

const all = { mostBytes: 100_000, mostCharacters: 100_000 };

test.each([
  ['letters', 'abcdef'],
  ['Chinese', '漢字仮名交じり文'],
  ['characters of two units', '😀😁😂🤣😃'],
  ['what JSON escapes', '"\\\n\u0001"'],
  ['a broken character', 'a\ud83db\ude00c'],
])('A5 a text of %s is read part by part, each within its bytes, and nothing is lost', (_, text) => {
  for (let mostBytes = 6; mostBytes <= 20; mostBytes++) {
    let read = '';
    while (read.length < text.length) {
      const part = partOf(text, read.length, { ...all, mostBytes });
      expect(part.length).toBeGreaterThan(0);
      expect(jsonSize(part)).toBeLessThanOrEqual(mostBytes + 2);
      read += part;
    }
    expect(read).toBe(text);
  }
});

test('A5 no more characters are shown than were asked for, and none beyond the end', () => {
  expect(partOf('abcdef', 2, { ...all, mostCharacters: 3 })).toBe('cde');
  expect(partOf('abc', 7, all)).toBe('');
});
