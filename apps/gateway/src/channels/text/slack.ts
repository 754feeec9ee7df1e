/** Replies for Slack: rich text blocks, in which every character is text. mrkdwn would have no way to write a lone asterisk. */

import { divide, type Part } from './divide.ts';
import type { Block, Span } from './document.ts';
import { readMarkdown, written as writtenOut } from './markdown.ts';

/** What Slack recommends as the most; it takes ten times as much in `text`. In UTF-16 code units. */
const MOST_LENGTH = 4000;

type RichStyle = { readonly bold?: true; readonly italic?: true; readonly strike?: true; readonly code?: true };
type RichInline =
  | { readonly type: 'text'; readonly text: string; readonly style?: RichStyle }
  | { readonly type: 'link'; readonly url: string; readonly text: string; readonly style?: RichStyle };
export type RichElement = {
  readonly type: 'rich_text_section' | 'rich_text_quote' | 'rich_text_preformatted';
  readonly elements: readonly RichInline[];
};
export type SlackText = {
  /** For notifications and clients without blocks: mrkdwn whose specials of `<…>` are escaped. */
  readonly text: string;
  readonly blocks: readonly [{ readonly type: 'rich_text'; readonly elements: readonly RichElement[] }];
};

type Written = { readonly text: string; readonly element: RichElement };

/** The messages of a reply, for `chat.postMessage`. */
export function toSlack(markdown: string): readonly SlackText[] {
  return divide(readMarkdown(markdown), { write, length, mostLength: MOST_LENGTH }).map((parts) => ({
    text: parts.map(({ written, tight }, index) => (index === 0 ? '' : tight ? '\n' : '\n\n') + written.text).join(''),
    blocks: [{ type: 'rich_text', elements: parts.map((_, index) => spaced(parts, index)) }],
  }));
}

const length = ({ text }: Written): number => text.length;

function write(block: Block): Written {
  const lead = block.lead ?? '';
  if (block.kind === 'code') {
    return {
      text: escaped(lead + block.text),
      element: { type: 'rich_text_preformatted', elements: [{ type: 'text', text: block.text }] },
    };
  }
  const text = escaped(lead + block.spans.map(writtenOut).join(''));
  const elements = [...(lead ? [{ type: 'text' as const, text: lead }] : []), ...block.spans.map(inline)];
  return { text, element: { type: block.quoted ? 'rich_text_quote' : 'rich_text_section', elements } };
}

function inline({ text, href, bold, italic, strike, code }: Span): RichInline {
  const style = { ...(bold && { bold }), ...(italic && { italic }), ...(strike && { strike }), ...(code && { code }) };
  const styled = Object.keys(style).length > 0 ? { style } : {};
  return href === undefined ? { type: 'text', text, ...styled } : { type: 'link', url: href, text, ...styled };
}

/** Sections follow each other without a line break of their own; quotes and code stand alone. */
function spaced(parts: readonly Part<Written>[], index: number): RichElement {
  const element = parts[index]?.written.element ?? { type: 'rich_text_section', elements: [] };
  const next = parts[index + 1];
  if (element.type !== 'rich_text_section' || next?.written.element.type !== 'rich_text_section') return element;
  return { ...element, elements: [...element.elements, { type: 'text', text: next.tight ? '\n' : '\n\n' }] };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
