import { GatewayError } from '@openclaw-gateway/events/errors';
import { nearest } from '@openclaw-gateway/events/nearest';
import type { Span } from './ast.ts';

const SHOWN_BEFORE = 40;
const SHOWN_AFTER = 30;

/** What is wrong with a query and where. `details` has the place for an editor, and a caret below the text for a terminal. */
export function queryError(source: string, { start, end }: Span, problem: string): GatewayError {
  const caret = drawCaret(source, start, end);
  return new GatewayError('QUERY_INVALID', {
    message: `${problem}\n${caret}`,
    details: { problem, start, end: Math.max(end, start + 1), caret },
  });
}

/** ` Did you mean x?`, or nothing when no candidate is near. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const close = nearest(word, candidates);
  return close === undefined ? '' : ` Did you mean ${close}?`;
}

function drawCaret(source: string, start: number, end: number): string {
  const from = start > SHOWN_BEFORE ? start - SHOWN_BEFORE : 0;
  const to = Math.min(source.length, Math.max(end, start + 1) + SHOWN_AFTER);
  const before = `${from > 0 ? '…' : ''}${oneLine(source.slice(from, start))}`;
  const marked = oneLine(source.slice(start, Math.min(end, to)));
  const after = `${oneLine(source.slice(start + marked.length, to))}${to < source.length ? '…' : ''}`;
  return `  ${before}${marked}${after}\n  ${' '.repeat(widthOf(before))}${'^'.repeat(Math.max(1, widthOf(marked)))}`;
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

/** Columns in a terminal: most characters of East Asian scripts take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const char of text)
    width +=
      /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
        char,
      )
        ? 2
        : 1;
  return width;
}
