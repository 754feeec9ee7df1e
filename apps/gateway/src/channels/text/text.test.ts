import { describe, expect, test } from 'vitest';
import { toDiscord } from './discord.ts';
import { toSlack } from './slack.ts';
import { toTelegram } from './telegram.ts';
import { toWhatsApp } from './whatsapp.ts';

const REPLY = `# Plan

Some **bold _and italic_** with \`code\`, ~~old~~ and a [link](https://example.org/a_b).

1. first
2. second
   - [x] nested
   - [ ] open

> a quote

\`\`\`ts
const a = 1 < 2;
\`\`\`

| a | b |
| --- | ---: |
| one | 1 |
`;

describe('A6 the Markdown of a reply', () => {
  test('is Markdown of its own kind on Discord', () => {
    expect(toDiscord(REPLY)).toEqual([
      `**Plan**

Some **bold** ***and italic*** with \`code\`, ~~old~~ and a [link](<https://example.org/a_b>).

1. first
2. second
  - ☑ nested
  - ☐ open

> a quote

\`\`\`ts
const a = 1 < 2;
\`\`\`

\`\`\`
a   |   b
----|----
one |   1
\`\`\``,
    ]);
  });

  test('has the marks of WhatsApp there, and links written out', () => {
    expect(toWhatsApp(REPLY)).toEqual([
      `*Plan*

Some *bold* *_and italic_* with \`code\`, ~old~ and a link (https://example.org/a_b).

1. first
2. second
  - ☑ nested
  - ☐ open

> a quote

\`\`\`
const a = 1 < 2;
\`\`\`

\`\`\`
a   |   b
----|----
one |   1
\`\`\``,
    ]);
  });

  test('is text with entities on Telegram', () => {
    const [message, ...others] = toTelegram(REPLY);
    expect(others).toEqual([]);
    const { text = '', entities = [] } = message ?? {};
    const marked = entities.map(({ type, offset, length }) => [type, text.slice(offset, offset + length)]);
    expect(marked).toEqual([
      ['bold', 'Plan'],
      ['bold', 'bold '],
      ['bold', 'and italic'],
      ['italic', 'and italic'],
      ['code', 'code'],
      ['strikethrough', 'old'],
      ['text_link', 'link'],
      ['blockquote', 'a quote'],
      ['pre', 'const a = 1 < 2;'],
      ['pre', 'a   |   b\n----|----\none |   1'],
    ]);
    expect(text).toContain('1. first\n2. second\n  • ☑ nested\n  • ☐ open\n\na quote');
  });

  test('is rich text on Slack, and escaped text for notifications', () => {
    const [message] = toSlack('A **bold** <@U1> & [link](https://example.org)\n\n```\n<!channel>\n```');
    expect(message).toEqual({
      text: 'A bold &lt;@U1&gt; &amp; link (https://example.org/)\n\n&lt;!channel&gt;',
      blocks: [
        {
          type: 'rich_text',
          elements: [
            {
              type: 'rich_text_section',
              elements: [
                { type: 'text', text: 'A ' },
                { type: 'text', text: 'bold', style: { bold: true } },
                { type: 'text', text: ' <@U1> & ' },
                { type: 'link', url: 'https://example.org/', text: 'link' },
              ],
            },
            { type: 'rich_text_preformatted', elements: [{ type: 'text', text: '<!channel>' }] },
          ],
        },
      ],
    });
  });
});

describe('A6 hostile text stays text', () => {
  test.each([
    ['mentions', '<@123> <#5> <t:1:R>', '\\<@123\\> \\<#5\\> \\<t:1:R\\>'],
    ['marks', String.raw`\*a\* \_b\_ ||c||`, String.raw`\*a\* \_b\_ \|\|c\|\|`],
    ['lines that look like a list', '1\\. a\n\\- b\n\\# c', '1\\. a\n\\- b\n\\# c'],
    ['a link that is not one', '[x](javascript:alert(1))', 'x (javascript:alert(1))'],
    ['HTML', '<b>x</b>', '\\<b\\>x\\</b\\>'],
    ['backticks in code', '``a`b``', '``a`b``'],
  ])('%s on Discord', (_, markdown, expected) => {
    expect(toDiscord(markdown)).toEqual([expected]);
  });

  test('an address cannot end its brackets', () => {
    expect(toDiscord('[x](https://e.org/a>b) [y](<https://e.org/(a b)>)')).toEqual([
      '[x](<https://e.org/a%3Eb>) [y](<https://e.org/%28a%20b%29>)',
    ]);
  });

  test('a fence in code does not end it', () => {
    for (const [message] of [toDiscord('````\n```\n@everyone\n````'), toWhatsApp('````\n```\n@everyone\n````')]) {
      expect(message?.match(/```/g)).toHaveLength(2);
      expect(message).toContain('@everyone\n```');
    }
  });

  test('marks that WhatsApp would read are kept from it, those in a word stay', () => {
    expect(toWhatsApp('\\*a\\* snake_case_name 2\\*3')).toEqual(['*\u200ba*\u200b snake_case_name 2*3']);
  });

  test.each([
    ['quotes', '>'.repeat(20_000)],
    ['lists', '- '.repeat(10_000)],
    ['stars', '*a'.repeat(14_000)],
    ['brackets', '['.repeat(29_000)],
    ['words without end', 'x'.repeat(200_000)],
    ['bars', '|'.repeat(20_000)],
    ['paragraphs', 'a\n\n'.repeat(9_000)],
    ['exclamation marks', 'a!'.repeat(14_000)],
  ])('a text of nothing but %s is answered in a moment', (_, hostile) => {
    for (const convert of [toDiscord, toWhatsApp, toTelegram, toSlack]) expect(convert(hostile).length).toBeGreaterThan(0);
  });
});

describe('A6 a reply longer than a message', () => {
  test('is divided between paragraphs', () => {
    const paragraphs = ['a', 'b', 'c'].map((letter) => letter.repeat(1500));
    expect(toDiscord(paragraphs.join('\n\n'))).toEqual(paragraphs);
  });

  test('has a fence of its own in each piece', () => {
    const lines = Array.from({ length: 300 }, (_, index) => `line ${index} of the code`);
    const messages = toDiscord(`\`\`\`js\n${lines.join('\n')}\n\`\`\``);
    expect(messages.length).toBeGreaterThan(2);
    for (const message of messages) expect(message).toMatch(/^```js\nline [\s\S]*code\n```$/);
    expect(messages.map((message) => message.slice(6, -4)).join('\n')).toBe(lines.join('\n'));
  });

  test('is not cut within a link, an emoji or bold', () => {
    const filler = 'x'.repeat(1990);
    expect(toDiscord(`${filler} [the link](https://example.org)`)).toEqual([filler, '[the link](<https://example.org/>)']);
    const family = '👨‍👩‍👧‍👦';
    for (const message of toDiscord(`ab${family.repeat(400)}`)) expect(message.replace('ab', '').replaceAll(family, '')).toBe('');
    for (const message of toDiscord(`**${'word '.repeat(900)}end**`)) expect(message).toMatch(/^\*\*word[\s\S]*(word|end)\*\*$/);
  });

  test('may have as many entities as Telegram takes', () => {
    const messages = toTelegram(Array.from({ length: 250 }, (_, index) => `**w${index}** x`).join(' '));
    expect(messages).toHaveLength(3);
    for (const { entities } of messages) expect(entities.length).toBeLessThanOrEqual(100);
  });
});

test('A6 an empty reply is no message', () => {
  for (const convert of [toDiscord, toWhatsApp, toTelegram, toSlack]) expect(convert(' \n\u0000 ')).toEqual([]);
});
