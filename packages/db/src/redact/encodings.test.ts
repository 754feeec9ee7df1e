import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENCODINGS } from '../testing/encodings.ts';
import { Redactor } from './redactor.ts';
import { spellings } from './spellings.ts';
import { TextSet } from './text-set.ts';

const KINDS = Object.entries(ENCODINGS);
const printable = (min: number) =>
  fc.string({
    unit: fc.constantFrom(...Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at))),
    minLength: min,
    maxLength: 40,
  });
const token = fc.string({
  unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'),
  minLength: 16,
  maxLength: 48,
});

function redacted(secrets: readonly string[], value: unknown): string {
  return JSON.stringify(new Redactor(secrets).redact(value, JSON.stringify(value)));
}

describe('a known secret is found before it is kept', () => {
  it.each(KINDS)('I8 %s', (_, encode) => {
    fc.assert(
      fc.property(fc.oneof(token, printable(12)), (secret) => {
        const written = encode(secret);
        const json = redacted([secret], { deep: [{ text: written, [written]: 1 }], left: 'alone' });
        expect(json).toContain('[secret]');
        expect(json).toContain('"left":"alone"');
        for (const core of spellings(secret)) expect(json.includes(JSON.stringify(core).slice(1, -1))).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it('in any place of what is in Base64, and within what is packed', () => {
    fc.assert(
      fc.property(token, fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (secret, before, after) => {
        expect(redacted([secret], Buffer.from(before + secret + after).toString('base64'))).toContain('[secret]');
      }),
      { numRuns: 200 },
    );
  });

  it('and the same value comes back where there is none', () => {
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 5 }), fc.jsonValue(), (secrets, value) => {
        const json = JSON.stringify(value);
        fc.pre(!json.includes('H4sI'));
        expect(JSON.stringify(new Redactor(secrets).redact(value, json))).toBe(json);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a secret that nobody named is found by its form', () => {
  it.each([
    'sk-proj-abcdefghijklmnopqrstuv',
    'ghp_abcdefghijklmnopqrstuvwxyz0123456789',
    `ocg_svc_0123456789_${'a1b2c3d4e5'.repeat(6)}`,
    'xoxb-123456789012-abcdefghijkl',
    'AKIAIOSFODNN7EXAMPLE',
    'AIzaSyA1234567890abcdefghijklmnopqrstuv',
    '123456789:AAabcdefghijklmnopqrstuvwxyz0123456',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----',
  ])('%s', (secret) => {
    const json = redacted([], { text: `before ${secret} after` });
    expect(json).toBe('{"text":"before [secret] after"}');
  });

  it.each([
    ['Authorization: Bearer abcdefghijklmnopqrst', 'Authorization: Bearer [secret]'],
    ['Authorization: Basic YWRtaW46aHVudGVyMg==', 'Authorization: Basic [secret]'],
    ['https://anna:correct-horse@example.com/x', 'https://anna:[secret]@example.com/x'],
  ])('%s', (text, clean) => expect(redacted([], text)).toBe(JSON.stringify(clean)));

  it.each([
    'a basic question about the bearer of news',
    'https://example.com:443/a@b',
    'ses_01h455vb4pex5vsknk084sn02q',
    'f'.repeat(64),
    'task-list',
  ])('%s is none', (text) => expect(redacted([], text)).toBe(JSON.stringify(text)));
});

describe('the search for many texts', () => {
  it('finds what a search for each of them finds', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 3, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(short, { maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 60 }),
        (texts, where) => {
          const each = [...new Set(texts)].filter((text) => where.includes(text));
          expect(new TextSet(texts).found(where).toSorted()).toEqual(each.toSorted());
          expect(new TextSet(texts).in(where)).toBe(each.length > 0);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

it('what is packed too large to be looked at is taken for a secret', async () => {
  const { gzipSync } = await import('node:zlib');
  const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024)).toString('base64');
  expect(redacted(['tok-1234567890'], { text: bomb })).toBe('{"text":"[secret]"}');
});
