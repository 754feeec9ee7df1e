/** What the formats have in common that put marks around text. Pure. */
import type { Part } from './divide.ts';

/** Stands where a mark must not be read as one and the format has no other way to say so. */
export const ZERO_WIDTH_SPACE = '\u200b';

/** The marks around the words of each line: they may not touch white space or go over a line's end. */
export function around(text: string, mark: string): string {
  if (mark === '') return text;
  const closing = [...mark].toReversed().join('');
  return text.replace(/[^\n]+/g, (line) => {
    const core = line.trim();
    if (core === '') return line;
    const start = line.indexOf(core);
    return line.slice(0, start) + mark + core + closing + line.slice(start + core.length);
  });
}

/** Written spans in a row; marks of two neighbours are kept apart. */
export function joined(spans: readonly string[]): string {
  return spans.reduce((before, span) => before + (/[*_~`]$/.test(before) && /^[*_~`]/.test(span) ? ZERO_WIDTH_SPACE : '') + span, '');
}

/** Code within a line. Backticks of its own need a longer fence than one. */
export function codeSpan(text: string, longerFence: string): string {
  const core = text.trim();
  if (!core.includes('`')) return around(text, '`');
  const inner = brokenFences(core).replace(/^`/, `${ZERO_WIDTH_SPACE}\``).replace(/`$/, `\`${ZERO_WIDTH_SPACE}`);
  return `${longerFence}${inner}${longerFence}`;
}

/** A block of code; its own fences are broken, so that they do not end it. */
export function codeBlock(text: string, language = ''): string {
  return `\`\`\`${language}\n${brokenFences(text)}\n\`\`\``;
}

function brokenFences(text: string): string {
  return text.replace(/`(?=`)/g, `\`${ZERO_WIDTH_SPACE}`);
}

export function quotedLines(text: string): string {
  return text.replace(/^/gm, '> ');
}

export function message(parts: readonly Part<string>[]): string {
  return parts
    .map(({ written, tight }, index) => (index === 0 ? '' : tight ? '\n' : '\n\n') + written)
    .join('')
    .trim();
}
