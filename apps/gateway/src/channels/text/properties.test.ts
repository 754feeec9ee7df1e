import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toDiscord } from './discord.ts';
import { readMarkdown } from './markdown.ts';
import { type SlackText, toSlack } from './slack.ts';
import { type TelegramText, toTelegram } from './telegram.ts';
import { toWhatsApp } from './whatsapp.ts';

const markup = fc.constantFrom(
  ...[
    '*',
    '**',
    '_',
    '~~',
    '`',
    '``',
    '```\n',
    '\n```\n',
    '\n\n',
    '\n',
    '\n# ',
    '\n- ',
    '\n  - ',
    '\n1. ',
    '\n> ',
    '\n| a | b |\n|---|---|\n| ',
  ],
  ...[
    ' | ',
    '[',
    '](https://example.org/',
    ')',
    '](',
    '<b>',
    '<br>',
    '<@1>',
    '<!channel>',
    '&',
    '\\',
    '![',
    'https://e.org/x_y ',
    '\n---\n',
    '🧑‍🚀',
    '漢字',
  ],
  ...['||', '\u200b', '\n    ', '\t', '[x] ', ':', '@everyone', '{', '}'],
);
/** Markup in any order, with words between that must all arrive. */
const hostile = fc.array(fc.tuple(fc.array(markup, { maxLength: 4 }), fc.integer({ min: 1, max: 60 })), { maxLength: 120 }).map((parts) => {
  const words = parts.map(([, length], index) => `w${index}${'x'.repeat(length)}w`);
  const markdown = parts.map(([marks, _], index) => `${marks.join('')} ${words[index]}`).join(' ');
  // A word right behind a fence names a language, which not every service shows.
  return { words, markdown: markdown.replace(/((?:`{3,}|~{3,})[^\S\n]*)(?=w)/g, '$1\n') };
});
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6000 }),
  fc.string({ unit: 'grapheme', minLength: 3000, maxLength: 6000 }),
  // Cuts fall on white space, marks and wide characters all the time.
  fc.string({ unit: fc.constantFrom(' ', '  ', '\n', '*', '_', '&', 'é', '𐀀', '🧑‍🚀'), minLength: 1500, maxLength: 4000 }),
);

const services = [
  ['Telegram', toTelegram, ({ text }: TelegramText) => text.length, 4096],
  ['Slack', toSlack, ({ text }: SlackText) => text.length, 4000],
  ['Discord', toDiscord, (text: string) => text.length, 2000],
  ['WhatsApp', toWhatsApp, (text: string) => text.length, 4096],
] as const;

describe.each(services)('A6 any reply for %s', (_, convert, length, most) => {
  const sizes = (markdown: string) => (convert(markdown) as never[]).map(length);

  test('arrives whole and in order', () => {
    fc.assert(
      fc.property(hostile, ({ words, markdown }) => {
        const arrived = JSON.stringify(convert(markdown));
        let from = 0;
        for (const word of words) {
          const at = arrived.indexOf(word, from);
          expect(at, word).toBeGreaterThanOrEqual(0);
          from = at;
        }
      }),
      { numRuns: 150 },
    );
  });

  test('is in messages that the service takes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anything,
          hostile.map(({ markdown }) => markdown),
        ),
        (markdown) => {
          for (const size of sizes(markdown)) {
            expect(size).toBeGreaterThan(0);
            expect(size).toBeLessThanOrEqual(most);
          }
          expect(JSON.stringify(convert(markdown))).not.toMatch(/\\ud[89a-f]/);
        },
      ),
      // Texts this long take minutes to shrink.
      { numRuns: 100, endOnFailure: true },
    );
  });
});

/** Markdown that means this text and nothing else. */
const literally = (text: string) => text.replace(/[!-/:-@[-`{-~]/g, '\\$&');
const specials = fc.string({ unit: fc.constantFrom(...'*_~`|<>[]()#-+1.@!:\\ab \n'), minLength: 1, maxLength: 80 });

test('A6 no mark of a text is formatting on Discord', () => {
  fc.assert(
    fc.property(specials, (text) => {
      const sent = toDiscord(literally(text)).join('\n');
      const unescaped = sent.replace(/\\[^0-9A-Za-z\s]/g, 'x');
      expect(unescaped).not.toMatch(/[*_~`|<>[\]]|^\s*(#|-|\+|\d+\.)/m);
    }),
  );
});

test('A6 no mark of a text is formatting on WhatsApp', () => {
  fc.assert(
    fc.property(specials, (text) => {
      expect(toWhatsApp(literally(text)).join('\n')).not.toMatch(/(?<![\p{L}\p{N}])[*_~`](?!\u200b)|^>/mu);
    }),
  );
});

test('A6 the entities of a Telegram message lie within its text and within each other', () => {
  fc.assert(
    fc.property(hostile, ({ markdown }) => {
      for (const { text, entities } of toTelegram(markdown)) {
        for (const { offset, length } of entities) {
          expect(length).toBeGreaterThan(0);
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset + length).toBeLessThanOrEqual(text.length);
        }
        for (const a of entities) {
          for (const b of entities) {
            const apart = a.offset + a.length <= b.offset || b.offset + b.length <= a.offset;
            const inside = a.offset <= b.offset && b.offset + b.length <= a.offset + a.length;
            const around = b.offset <= a.offset && a.offset + a.length <= b.offset + b.length;
            expect(apart || inside || around).toBe(true);
          }
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('A6 text without marks is one block of that text', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z ,]{0,60}[a-z]$/), (text) => {
      expect(readMarkdown(text)).toEqual([{ kind: 'text', spans: [{ text }] }]);
    }),
  );
});
