/** A table as lines of text in equal columns: chat services have none, but they have a font of one width. Pure. */
import type { Token, Tokens } from 'marked';

/** Wider cells push their row out rather than all others. In columns of the font. */
const MOST_CELL_WIDTH = 40;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

export function tableText(table: Tokens.Table, textOf: (tokens: readonly Token[]) => string): string {
  // A row with more cells than the head has would lose them.
  if (
    table.raw
      .trim()
      .split('\n')
      .some((line) => cellCount(line) > table.header.length)
  )
    return table.raw.trim();
  const rows = [table.header, ...table.rows].map((row) => row.map((cell) => textOf(cell.tokens).replace(/\s+/g, ' ').trim()));
  const widths = table.header.map((_, column) => Math.min(MOST_CELL_WIDTH, Math.max(3, ...rows.map((row) => width(row[column] ?? '')))));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0, table.align[column]))
      .join(' | ')
      .trimEnd(),
  );
  const rule = widths.map((columns) => '-'.repeat(columns)).join('-|-');
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function cellCount(line: string): number {
  return line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/).length;
}

function padded(cell: string, columns: number, align: 'center' | 'left' | 'right' | null | undefined): string {
  const missing = Math.max(0, columns - width(cell));
  const before = align === 'right' ? missing : align === 'center' ? Math.floor(missing / 2) : 0;
  return ' '.repeat(before) + cell + ' '.repeat(missing - before);
}

function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += WIDE.test(character) ? 2 : 1;
  return columns;
}
