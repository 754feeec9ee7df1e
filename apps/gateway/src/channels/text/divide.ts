/**
 * Divides blocks into messages of a service's size: between blocks where it can be, else between lines, sentences, words or
 * graphemes, never inside a link or a fence. Pure.
 */
import { type Block, merged, type Span, textOf } from './document.ts';
import { written } from './markdown.ts';

/** How a service writes a block, and what it costs there. */
export type Dialect<Written> = {
  readonly write: (block: Block) => Written;
  /** The length of what was written; no less than that of its text. */
  readonly length: (written: Written) => number;
  readonly mostLength: number;
  /** How many formatted stretches it has, where they are counted. */
  readonly entities?: (written: Written) => number;
  readonly mostEntities?: number;
};

const BOUNDARIES = [/\n\n+/g, /\n/g, /[.!?。！？](?:\s|(?<=[。！？]))/g, /\s/g] as const;
/** An empty line between two blocks. */
const SEPARATOR_LENGTH = 2;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** A grapheme is looked for in this much of the text around the cut; longer ones are cut. */
const GRAPHEME_WINDOW = 200;

export type Part<Written> = { readonly written: Written; readonly tight: boolean };

/** The messages that the blocks become, in order; each of them fits. */
export function divide<Written>(blocks: readonly Block[], dialect: Dialect<Written>): readonly (readonly Part<Written>[])[] {
  const messages: Part<Written>[][] = [];
  let message = emptyMessage(dialect);
  const flush = () => {
    if (message.parts.length > 0) messages.push(message.parts);
    message = emptyMessage(dialect);
  };
  for (const block of blocks) {
    let rest: Block | undefined = block;
    while (rest) {
      const tight = rest.tight === true;
      const whole = { written: dialect.write(rest), tight };
      if (!message.fits(whole.written)) flush();
      if (message.fits(whole.written)) {
        message.add(whole);
        break;
      }
      const [head, tail] = cut(rest, dialect.mostLength, (piece) => message.fits(dialect.write(piece)));
      message.add({ written: dialect.write(head), tight });
      flush();
      rest = tail;
    }
  }
  flush();
  return messages;
}

function emptyMessage<Written>({ length, mostLength, entities = () => 0, mostEntities = 0 }: Dialect<Written>) {
  const parts: Part<Written>[] = [];
  let [usedLength, usedEntities] = [0, 0];
  const separator = () => (parts.length === 0 ? 0 : SEPARATOR_LENGTH);
  return {
    parts,
    fits: (written: Written) =>
      usedLength + separator() + length(written) <= mostLength && usedEntities + entities(written) <= mostEntities,
    add: (part: Part<Written>) => {
      usedLength += separator() + length(part.written);
      usedEntities += entities(part.written);
      parts.push(part);
    },
  };
}

/** The longest beginning of a block that fits, and what is left of it. The block itself must not fit. */
function cut(block: Block, mostLength: number, fits: (piece: Block) => boolean): readonly [Block, Block | undefined] {
  const text = textOf(block);
  let [low, high] = [1, Math.min(text.length, mostLength)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(head(block, middle))) low = middle;
    else high = middle - 1;
  }
  const at = boundary(text, low);
  const link = linkAt(block, at);
  if (link && link.start > 0) return parts(block, link.start);
  // One link that is longer than a message is no link any more.
  if (link) return cut(withoutFirstLink(block, link), mostLength, fits);
  return parts(block, at);
}

function parts(block: Block, at: number): readonly [Block, Block | undefined] {
  const rest = tail(block, at);
  return [head(block, at), textOf(rest).trim() === '' ? undefined : rest];
}

/** White space at the cut is not sent. */
function head(block: Block, end: number): Block {
  if (block.kind === 'code') return { ...block, text: block.text.slice(0, end).replace(/\s$/, '') };
  return { ...block, spans: merged(slice(block.spans, 0, textOf(block).slice(0, end).trimEnd().length || end)) };
}

function tail(block: Block, start: number): Block {
  const { lead: _, ...rest } = block;
  if (rest.kind === 'code') return { ...rest, text: rest.text.slice(start) };
  const skipped = textOf(rest).slice(start).search(/\S/);
  return { ...rest, spans: slice(rest.spans, start + Math.max(0, skipped), Number.POSITIVE_INFINITY) };
}

function slice(spans: readonly Span[], start: number, end: number): Span[] {
  let position = 0;
  return spans.flatMap((span) => {
    if (position >= end) return [];
    const text = span.text.slice(Math.max(0, start - position), Math.max(0, end - position));
    position += span.text.length;
    return text === '' ? [] : [{ ...span, text }];
  });
}

/** The last good place to cut at or before `most`. */
function boundary(text: string, most: number): number {
  // White space just behind the limit is a boundary, too: it is not sent.
  const window = text.slice(0, most + 1);
  for (const pattern of BOUNDARIES) {
    let end = 0;
    for (const match of window.matchAll(pattern)) {
      const candidate = match.index + match[0].length;
      if (window.slice(0, candidate).trimEnd().length <= most) end = candidate;
    }
    // A cut near the start would leave a crumb.
    if (end >= most / 2) return end;
  }
  return graphemeStart(text, most);
}

function graphemeStart(text: string, at: number): number {
  const from = Math.max(0, at - GRAPHEME_WINDOW);
  const segment = graphemes.segment(text.slice(from, at + GRAPHEME_WINDOW)).containing(at - from);
  if (!segment || segment.index === 0) return /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && at > 1 ? at - 1 : at;
  return from + segment.index;
}

type Link = { readonly start: number; readonly end: number; readonly href: string };

/** The link that a cut would go through. It may be of several styles, and so of several spans. */
function linkAt(block: Block, at: number): Link | undefined {
  const links: Link[] = [];
  let position = 0;
  for (const { text, href } of block.kind === 'code' ? [] : block.spans) {
    const end = position + text.length;
    const last = links.at(-1);
    if (href !== undefined && last?.href === href && last.end === position) links[links.length - 1] = { ...last, end };
    else if (href !== undefined) links.push({ start: position, end, href });
    position = end;
  }
  return links.find(({ start, end }) => start < at && at < end);
}

function withoutFirstLink(block: Block, { end, href }: Link): Block {
  if (block.kind === 'code') return block;
  const text = textOf(block);
  return { ...block, spans: [{ text: written({ text: text.slice(0, end), href }) }, ...slice(block.spans, end, text.length)] };
}
