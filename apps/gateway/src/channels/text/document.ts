/**
 * What a reply says, between the Markdown that models write and the format of a chat service: blocks of styled spans, in
 * which every character is text. Formatting of a service is written by its dialect and nowhere else. Pure.
 */

export type Style = { readonly bold?: true; readonly italic?: true; readonly strike?: true; readonly code?: true; readonly href?: string };

/** Text of one style. `href` is an address that may be followed: http, https or mailto. */
export type Span = Style & { readonly text: string };

export type Block = {
  /** What stands before the text and is no part of it, such as a list's bullet with its indent. */
  readonly lead?: string;
  readonly quoted?: true;
  /** No empty line between this block and the one before. */
  readonly tight?: true;
} & (
  | { readonly kind: 'text'; readonly spans: readonly Span[] }
  | { readonly kind: 'code'; readonly language?: string; readonly text: string }
);

export const plain = (text: string): Block => ({ kind: 'text', spans: [{ text }] });

/** The characters of a block, without any formatting. */
export function textOf(block: Block): string {
  return block.kind === 'code' ? block.text : block.spans.map((span) => span.text).join('');
}

/** Spans with neighbours of one style made one. */
export function merged(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of spans) {
    if (span.text === '') continue;
    const last = result.at(-1);
    if (last && sameStyle(last, span)) result[result.length - 1] = { ...last, text: last.text + span.text };
    else result.push(span);
  }
  return result;
}

function sameStyle(a: Style, b: Style): boolean {
  return a.bold === b.bold && a.italic === b.italic && a.strike === b.strike && a.code === b.code && a.href === b.href;
}
