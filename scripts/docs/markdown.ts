/** A Markdown table. Cells may hold anything; what would break a row is escaped. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(header), `|${' --- |'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}

/** The first lines of a page that nobody should edit by hand. */
export function generated(title: string, introduction: string, source: string): string {
  return `<!-- Written by \`npm run docs\` from ${source}. Do not edit. -->\n\n# ${title}\n\n${introduction}\n`;
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('`', "'")}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');
}
