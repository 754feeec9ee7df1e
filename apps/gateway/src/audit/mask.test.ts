import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../config/schema/index.ts';
import { createMask } from '../export/masking.ts';
import { createBoundaryMask } from './mask.ts';
import { createTextMask, isCardNumber } from './text-mask.ts';

const masking = (change: object = {}) =>
  configSchema.parse({ gateway: { logging: { audit: { masking: change } } } }).gateway.logging.audit.masking;
const FIELDS = ['password', 'apiKey', 'token', 'creditCard', 'email', 'phone'];
const mask = createBoundaryMask(masking({ fields: FIELDS, charsToMask: 0 }));

const SPELLINGS = [
  'apiKey',
  'api_key',
  'api-key',
  'API_KEY',
  'ApiKey',
  'apikey',
  'password',
  'Password',
  'PASSWORD',
  'credit_card',
  'CreditCard',
  'token',
];
const secret = fc.stringMatching(/^[A-Za-z0-9]{12,24}$/).map((text) => `Zq${text}7`);
const innocent = fc.oneof(
  fc.constantFrom('hello', 'the crane is free', 'ses_01h455vb4pex5vsknk084sn02q', 'Überholung', ''),
  fc.integer({ min: -1000, max: 1000 }),
  fc.boolean(),
  fc.constant(null),
);

/** A value in which each secret stands under a name that is masked, at any depth and in lists, and what it looks like without them. */
const { tree } = fc.letrec<{ tree: { value: unknown; secrets: string[] } }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    innocent.map((value) => ({ value, secrets: [] })),
    fc.tuple(fc.constantFrom(...SPELLINGS), secret).map(([name, text]) => ({ value: { [name]: text }, secrets: [text] })),
    fc
      .tuple(fc.constantFrom(...SPELLINGS), secret, secret)
      .map(([name, a, b]) => ({ value: { [name]: [a, { inner: b }] }, secrets: [a, b] })),
    fc.tuple(fc.constantFrom(...SPELLINGS), secret).map(([name, text]) => ({ value: `say ${name}=${text} and go`, secrets: [text] })),
    fc
      .tuple(fc.constantFrom(...SPELLINGS), secret)
      .map(([name, text]) => ({ value: JSON.stringify({ [name]: text, x: 1 }), secrets: [text] })),
    fc
      .array(tie('tree'), { maxLength: 3 })
      .map((items) => ({ value: items.map(({ value }) => value), secrets: items.flatMap(({ secrets }) => secrets) })),
    fc.array(tie('tree'), { maxLength: 3 }).map((items) => ({
      value: Object.fromEntries(items.map(({ value }, index) => [`field${index}`, value])),
      secrets: items.flatMap(({ secrets }) => secrets),
    })),
  ),
}));

/** The shape without the texts: keys, lengths of lists and what is neither text nor number. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]));
  return typeof value === 'string' ? 'text' : value;
}

describe('what leaves for a caller who may not see it', () => {
  it('D gateway.logging.audit.masking.fields: no masked value is in it, and its structure is kept', () => {
    fc.assert(
      fc.property(tree, ({ value, secrets }) => {
        const shown = mask(value);
        const json = JSON.stringify(shown);
        for (const text of secrets) expect(json).not.toContain(text);
        expect(shape(shown)).toEqual(shape(value));
      }),
      { numRuns: 500 },
    );
  });

  it('is the same when it is masked again, and unchanged where there is nothing to mask', () => {
    fc.assert(fc.property(tree, ({ value }) => void expect(mask(mask(value))).toEqual(mask(value))));
    const rows = { rows: [{ position: 5, time: 1_789_385_892_204, summary: 'Message received from the crane', inputTokens: 12 }], next: 4 };
    expect(mask(rows)).toEqual(rows);
  });

  it('D gateway.logging.audit.masking.charsToMask is how many characters at the end stay, of what is more than twice as long', () => {
    fc.assert(
      fc.property(secret, fc.integer({ min: 0, max: 64 }), (text, charsToMask) => {
        const { password } = createBoundaryMask(masking({ charsToMask }))({ password: text });
        expect(password).toBe(charsToMask > 0 && text.length > 2 * charsToMask ? `***${text.slice(-charsToMask)}` : '***');
      }),
    );
  });

  it.each([
    ['card 4111 1111 1111 1111 please', 'card *** please'],
    ['4111-1111-1111-1111', '***'],
    ['4111 1111 1111 1112 is none', '4111 1111 1111 1112 is none'],
    ['write to anna.b@example.com today', 'write to *** today'],
    ['call +49 170 1234567 now', 'call *** now'],
    ['position 123456789, at 1789385892204', 'position 123456789, at 1789385892204'],
    ['Authorization: Bearer abcdefghijklmnopqrstu', 'Authorization: Bearer ***'],
    ['my key sk-abcdefghijklmnopqrstuvwx ok', 'my key *** ok'],
    ['{\\"api_key\\":\\"hunter2\\",\\"n\\":1}', '{\\"api_key\\":\\"***\\",\\"n\\":1}'],
    ['{"password":"two words","n":1}', '{"password":"***","n":1}'],
    ['{"password":"with \\" a quote","n":1}', '{"password":"***","n":1}'],
    ["password: 'two words' here", "password: '***' here"],
    ['inputTokens: 5, tokens: 7', 'inputTokens: 5, tokens: 7'],
  ])('in a text: %s', (text, shown) => expect(mask(text)).toBe(shown));

  it('a card number is masked where it is a number as well', () => {
    expect(mask({ note: 4_111_111_111_111_111, time: 1_789_385_892_204 })).toEqual({ note: '***', time: 1_789_385_892_204 });
  });

  it('only what is listed has a form: an address of a mail stays where nobody listed it', () => {
    expect(createTextMask({ fields: ['password'], charsToKeep: 0 })('anna@example.com, 4111111111111111')).toBe(
      'anna@example.com, 4111111111111111',
    );
  });

  it('takes a number for one of a card by its sum and its first digits only', () => {
    expect(['4111111111111111', '5500 0000 0000 0004', '340000000000009', '6011000000000004'].map(isCardNumber)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['4111111111111112', '1789385892204', '0000000000000000', '41111'].map(isCardNumber)).toEqual([false, false, false, false]);
  });

  it('is not held up by a text made to hold it up', () => {
    const hostile = [
      'password='.repeat(20_000),
      `password="${'\\'.repeat(100_000)}`,
      '4'.repeat(100_000),
      'a@'.repeat(50_000),
      '+1 '.repeat(30_000),
      'api-'.repeat(30_000),
    ];
    for (const text of hostile) expect(mask(text).length).toBeGreaterThan(0);
  });
});

describe('exports mask what stands in texts as well', () => {
  it('D gateway.logging.audit.masking.fields in a reason that a person wrote, and in what is below a masked name', () => {
    const exported = createMask({ profile: 'default', key: new Uint8Array(32), fields: FIELDS, charsToKeep: 0 });
    const event = { type: 'gateway.stopped', data: { reason: 'password=Hunter22 leaked', token: { inner: ['Hunter22'] } }, metadata: {} };
    const shown = exported.apply(event as never);
    expect(shown.data).toEqual({ reason: 'password=*** leaked', token: { inner: ['***'] } });
    expect([...exported.fields.keys()]).toEqual(['reason', 'token.inner[]']);
  });
});
