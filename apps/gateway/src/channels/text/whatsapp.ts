/** Replies for WhatsApp: its marks for emphasis, lists and code. It has no links with a text and no way to escape a mark. */

import { divide } from './divide.ts';
import type { Block, Span } from './document.ts';
import { readMarkdown, written } from './markdown.ts';
import { around, codeBlock, codeSpan, joined, message, quotedLines, ZERO_WIDTH_SPACE } from './marks.ts';

/** In UTF-16 code units. */
const MOST_LENGTH = 4096;

/** The messages of a reply, for `text.body`. */
export function toWhatsApp(markdown: string): readonly string[] {
  return divide(readMarkdown(markdown), { write, length: (text) => text.length, mostLength: MOST_LENGTH }).map(message);
}

function write(block: Block): string {
  const lead = (block.lead ?? '').replace('• ', '- ');
  const text = block.kind === 'code' ? codeBlock(block.text) : joined(block.spans.map(inline));
  // A fence begins its line; only spaces lead code.
  const whole = block.kind === 'code' ? text : lead + text;
  return block.quoted ? quotedLines(whole) : whole;
}

function inline(span: Span): string {
  const text = written(span);
  if (span.code) return codeSpan(text, '```');
  return around(apart(text), `${span.strike ? '~' : ''}${span.bold ? '*' : ''}${span.italic ? '_' : ''}`);
}

/** A mark of the text itself is followed by a space of no width, so that it stays one; within a word it is none anyway. */
function apart(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}])[*_~`]|[*_~`](?![\p{L}\p{N}])/gu, `$&${ZERO_WIDTH_SPACE}`).replace(/^>/gm, `${ZERO_WIDTH_SPACE}>`);
}
