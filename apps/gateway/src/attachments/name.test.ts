import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanName } from './name.ts';

test.each([
  ['report.pdf', 'report.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ann\\photo.jpg', 'photo.jpg'],
  ['..', 'file.png'],
  ['', 'file.png'],
  ['   .hidden  ', 'hidden'],
  ['invoice\u202Egpj.exe', 'invoicegpj.exe'],
  ['a\u0000b\nc.txt', 'abc.txt'],
  ['what"; filename="x.html', 'what__ filename=_x.html'],
  ['CON.txt', '_CON.txt'],
  ['Zeugnis\u0308.pdf', 'Zeugnis\u0308.pdf'.normalize('NFC')],
  ['报告.docx', '报告.docx'],
])('the name %j is shown as %j', (claimed, shown) => {
  expect(cleanName(claimed, 'image/png')).toBe(shown);
});

test('a name of ten thousand characters is cut and keeps its extension', () => {
  const name = cleanName(`${'x'.repeat(10_000)}.pdf`, 'application/pdf');
  expect(name).toMatch(/^x+….pdf$/);
  expect([...name].length).toBeLessThanOrEqual(124);
});

test('whatever it was called, a name is no path, has nothing hidden in it, and fits an event', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.constantFrom('..', '/', '\\', '\u202e', '\0', '.', ' ', '🙂', 'a', ':')).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(hostile, (claimed) => {
      const name = cleanName(claimed, 'text/plain');
      expect(name).not.toMatch(/[/\\\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(name.startsWith('.')).toBe(false);
      expect(name.length).toBeGreaterThan(0);
      expect(name.length).toBeLessThanOrEqual(255);
      expect(cleanName(name, 'text/plain').length).toBeLessThanOrEqual(255);
    }),
  );
});
