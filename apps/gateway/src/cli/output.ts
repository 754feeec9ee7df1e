/** What a command prints: one JSON document or lines of JSON with --json, else text for people. */
import { homedir } from 'node:os';
import { styleText } from 'node:util';

export type Output = {
  readonly json: boolean;
  /** The answer of a command: as it is with --json, else the lines that `render` makes of it. */
  result(value: unknown, render: () => readonly string[]): void;
  /** One of many answers, as they come. */
  item(value: unknown, render: () => string): void;
  /** What belongs to no answer: goes to stderr, so that stdout stays clean. */
  note(line: string): void;
};

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

export function createOutput(json: boolean): Output {
  const print = (text: string) => process.stdout.write(`${withoutControls(text)}\n`);
  return {
    json,
    result: (value, render) => void print(json ? jsonText(value) : render().join('\n')),
    item: (value, render) => void print(json ? jsonText(value) : render()),
    note: (line) => void process.stderr.write(`${withoutControls(line)}\n`),
  };
}

/** Coloured on a terminal, plain elsewhere and with NO_COLOR. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Columns under bold titles. The last column takes what is left of the terminal's width. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = titles.map((title, column) => Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map(textWidth)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - textWidth(cell))))
      .join('  ');
  return [paint('bold', line(titles)), ...rows.map((row) => clip(line(row)))];
}

/** Names and values in two columns, indented. */
export function pairs(entries: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `  ${paint('dim', name.padEnd(width))}  ${value}`);
}

/** The local time of day; with the date where that is not today's. */
export function formatTime(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return date.toDateString() === new Date().toDateString() ? clock : `${day} ${clock}`;
}

/** "3 s ago", "5 min ago", "2 h ago", "4 days ago". */
export function formatAgo(time: number, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}

/** A path with `~` for the home directory. */
export function shortPath(path: string): string {
  const home = homedir();
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/** Without what would move the cursor or colour the terminal: names and texts come from strangers. */
export function plain(text: string): string {
  return text.replaceAll(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, '�');
}

/** JSON that no terminal obeys: what JSON leaves as it is, and a terminal does not, is escaped. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007F-\u009F\p{Bidi_Control}]/gu,
    (found) => `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** The last door: whatever a command forgot to make plain. The colours of `paint` stay. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replaceAll(/\u001b\[(?:1|2|22|31|32|33|36|39)m|(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, (found) =>
    found.length > 1 ? found : '�',
  );
}

function clip(line: string): string {
  const columns = process.stdout.isTTY ? process.stdout.columns : undefined;
  if (!columns || textWidth(line) <= columns || line.includes('\u001b')) return line;
  return `${line.slice(0, columns - 1)}…`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const textWidth = (text: string) => text.replaceAll(/\u001b\[[0-9;]*m/g, '').length;
