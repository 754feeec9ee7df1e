/** Replies for Discord: its Markdown, with everything escaped that is not formatting of the reply. */

import { divide } from './divide.ts';
import type { Block, Span } from './document.ts';
import { readMarkdown, sameAddress, written } from './markdown.ts';
import { around, codeBlock, codeSpan, joined, message, quotedLines } from './marks.ts';

/** In UTF-16 code units, formatting included; Discord counts code points, of which there are no more. */
const MOST_LENGTH = 2000;

/** The messages of a reply, for `content`. Mentions in them must be switched off by `allowed_mentions`. */
export function toDiscord(markdown: string): readonly string[] {
  return divide(readMarkdown(markdown), { write, length: (text) => text.length, mostLength: MOST_LENGTH }).map(message);
}

function write(block: Block): string {
  const lead = (block.lead ?? '').replace('• ', '- ');
  const text = block.kind === 'code' ? codeBlock(block.text, block.language) : joined(block.spans.map(inline));
  // A fence begins its line; only spaces lead code.
  const whole = block.kind === 'code' ? text : lead + text;
  return block.quoted ? quotedLines(whole) : whole;
}

function inline(span: Span): string {
  const mark = `${span.strike ? '~~' : ''}${span.bold ? '**' : ''}${span.italic ? '*' : ''}`;
  if (span.code) return around(codeSpan(span.text, '``'), mark);
  return around(linked(span), mark);
}

/** In angle brackets an address is shown without a preview, which Discord would fetch. */
function linked(span: Span): string {
  const { text, href } = span;
  if (href === undefined || href.startsWith('mailto:')) return escaped(written(span));
  return sameAddress(text, href) ? `<${href}>` : `[${escaped(text)}](<${href}>)`;
}

function escaped(text: string): string {
  return text
    .replace(/[\\*_~`|[\]<>]/g, '\\$&')
    .replace(/^(\s*)([-+#])/gm, '$1\\$2')
    .replace(/^(\s*\d+)\./gm, '$1\\.');
}
