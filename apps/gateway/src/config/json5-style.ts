/** Writes values the way the rest of a JSON5 text is written. */
import type { Json5Node } from './json5.ts';
import { parseJson5 } from './json5.ts';

export type Json5Style = { readonly indent: string; readonly quote: '"' | "'"; readonly bareKeys: boolean; readonly newline: string };

const MAX_LINE = 100;
const BARE_KEY = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** How a text is written, found from the text itself. */
export function styleOf(text: string): Json5Style {
  const quotes = { '"': 0, "'": 0 };
  const keys = { bare: 0, quoted: 0 };
  const count = (node: Json5Node): void => {
    if (node.kind === 'array') node.items.forEach((item) => void count(item.value));
    if (node.kind === 'scalar' && typeof node.value === 'string') quotes[text[node.start] === "'" ? "'" : '"']++;
    if (node.kind !== 'object') return;
    for (const member of node.members) {
      const first = text[member.start];
      if (first === '"' || first === "'") {
        keys.quoted++;
        quotes[first]++;
      } else keys.bare++;
      count(member.value);
    }
  };
  count(parseJson5(text));
  return {
    indent: /[\n\r]([ \t]+)[^\s/*]/.exec(text)?.[1] ?? '  ',
    quote: quotes["'"] > quotes['"'] ? "'" : '"',
    bareKeys: keys.bare >= keys.quoted,
    newline: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

/** The white space that the line around an offset begins with. */
export function indentAt(text: string, offset: number): string {
  const line =
    text
      .slice(0, offset)
      .split(/[\n\r]/)
      .at(-1) ?? '';
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** `key: value` as the style has it. */
export function renderMember(key: string, value: unknown, style: Json5Style, indent: string): string {
  const name = style.bareKeys && BARE_KEY.test(key) ? key : renderString(key, style);
  return `${name}: ${render(value, style, indent)}`;
}

/** A value as JSON5; the lines after the first begin with `indent`. */
export function render(value: unknown, style: Json5Style, indent: string): string {
  if (typeof value === 'string') return renderString(value, style);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = indent + style.indent;
  const parts = Array.isArray(value)
    ? value.map((item) => render(item, style, inner))
    : Object.entries(value).map(([key, item]) => renderMember(key, item, style, inner));
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return open + close;
  const oneLine = parts.join(', ');
  if (Array.isArray(value) && oneLine.length <= MAX_LINE && !oneLine.includes('\n')) return `[${oneLine}]`;
  return `${open}${style.newline}${parts.map((part) => inner + part).join(`,${style.newline}`)}${style.newline}${indent}${close}`;
}

function renderString(text: string, style: Json5Style): string {
  const json = JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  return style.quote === '"' ? json : `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
