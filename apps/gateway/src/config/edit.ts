/**
 * Changes one key in a JSON5 text. Everything that is not that key stays letter by letter: comments, order, quotes,
 * trailing commas, indentation.
 */
import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { Json5Item, Json5Member, Json5Node } from './json5.ts';
import { lineEnd, parseJson5, skipTrivia, toValue } from './json5.ts';
import { indentAt, render, renderMember, styleOf } from './json5-style.ts';
import type { KeyPath } from './path.ts';
import { formatPath } from './path.ts';

type ObjectNode = Extract<Json5Node, { kind: 'object' }>;
type ArrayNode = Extract<Json5Node, { kind: 'array' }>;
type Entry = Json5Item & { readonly start: number };

const LINE_BREAK = /[\n\r]/;

/**
 * The text with `value` at `path`. An object is merged key by key into an object that stands there, so that the comments
 * in it stay. Missing objects on the way are made. Throws CONFIG_SYNTAX, and CONFIG_INVALID where the way leads through
 * something that has no keys.
 */
export function setInText(text: string, path: KeyPath, value: unknown): string {
  const source = text.trim() === '' ? '{\n}\n' : text;
  const root = parseJson5(source);
  if (path.length === 0)
    return isPlainObject(value) && root.kind === 'object' ? mergeObject(source, [], value) : replace(source, root, value);
  let node = root;
  for (const [depth, part] of path.entries()) {
    if (node.kind === 'array') {
      const index = Number(part);
      const next = node.items[index]?.value;
      if (next) {
        node = next;
        continue;
      }
      if (index === node.items.length) return appendItem(source, node, nest(path.slice(depth + 1), value));
      throw notThere(path, depth, `an index from 0 to ${node.items.length}`);
    }
    if (node.kind === 'scalar') throw notThere(path, depth, 'an object on the way to this key');
    const member: Json5Member | undefined = node.members.find((candidate) => candidate.key === part);
    if (!member) return insertMember(source, node, part, nest(path.slice(depth + 1), value), depth === 0);
    node = member.value;
  }
  return isPlainObject(value) && node.kind === 'object' ? mergeObject(source, path, value) : replace(source, node, value);
}

/** The text without the key at `path`; `undefined` when it has none. Throws CONFIG_SYNTAX. */
export function unsetInText(text: string, path: KeyPath): string | undefined {
  if (text.trim() === '') return undefined;
  let node = parseJson5(text);
  for (const part of path.slice(0, -1)) {
    const next: Json5Node | undefined = child(node, part);
    if (!next) return undefined;
    node = next;
  }
  const last = path.at(-1) ?? '';
  if (node.kind === 'scalar') return undefined;
  const entries: readonly Entry[] =
    node.kind === 'object' ? node.members : node.items.map((item) => ({ ...item, start: item.value.start }));
  const index = node.kind === 'object' ? node.members.findIndex((member) => member.key === last) : Number(last);
  return entries[index] ? removeEntry(text, entries, index) : undefined;
}

/**
 * The path of the outermost object that holds nothing but what is at `path`, or `path` itself where its parent holds more.
 * An object with a comment is not empty without its key, a list keeps its items, and `mayGo` says of every other object
 * whether it may be taken out.
 */
export function outermostEmptied(text: string, path: KeyPath, mayGo: (parent: KeyPath) => boolean): KeyPath {
  const root = parseJson5(text.trim() === '' ? '{}' : text);
  let emptied = path;
  while (emptied.length > 1) {
    const parent = emptied.slice(0, -1);
    const isItem = at(root, parent.slice(0, -1))?.kind === 'array';
    if (isItem || !holdsOnly(text, at(root, parent), emptied.at(-1)) || !mayGo(parent)) return emptied;
    emptied = parent;
  }
  return emptied;
}

function holdsOnly(text: string, node: Json5Node | undefined, key: string | undefined): boolean {
  if (node?.kind !== 'object') return false;
  const [only, ...others] = node.members;
  if (only?.key !== key || only === undefined || others.length > 0) return false;
  return /^[\s,]*$/.test(text.slice(node.start + 1, only.start) + text.slice(only.value.end, node.end - 1));
}

function mergeObject(text: string, path: KeyPath, value: Readonly<Record<string, unknown>>): string {
  let merged = text;
  const present = at(parseJson5(text), path);
  const keys = present?.kind === 'object' ? present.members.map((member) => member.key) : [];
  for (const key of keys) if (!Object.hasOwn(value, key)) merged = unsetInText(merged, [...path, key]) ?? merged;
  for (const [key, inner] of Object.entries(value)) merged = setInText(merged, [...path, key], inner);
  return merged;
}

function replace(text: string, node: Json5Node, value: unknown): string {
  // What is the same stays as it is written, with its comments.
  if (isDeepStrictEqual(toValue(node), value)) return text;
  return text.slice(0, node.start) + render(value, styleOf(text), indentAt(text, node.start)) + text.slice(node.end);
}

function insertMember(text: string, object: ObjectNode, key: string, value: unknown, isRoot: boolean): string {
  const style = styleOf(text);
  const last = object.members.at(-1);
  const close = object.end - 1;
  const outerIndent = indentAt(text, object.start);
  const multiline = LINE_BREAK.test(text.slice(object.start, object.end)) || (isRoot && !last);
  if (!last) {
    // Comments in an object without keys stay in front of the first.
    const inside = text.slice(object.start + 1, close).trimEnd();
    const indent = outerIndent + style.indent;
    const member = renderMember(key, value, style, multiline ? indent : outerIndent);
    const [before, after] = multiline ? [style.newline + indent, style.newline + outerIndent] : [' ', ' '];
    return text.slice(0, object.start + 1) + inside + before + member + after + text.slice(close);
  }
  if (!multiline) return insertAfter(text, last, ` ${renderMember(key, value, style, outerIndent)}`, valueEnd(last));
  const indent = LINE_BREAK.test(text.slice(object.start, last.start)) ? indentAt(text, last.start) : outerIndent + style.indent;
  const member = style.newline + indent + renderMember(key, value, style, indent);
  const closesOnSameLine = skipTrivia(text, valueEnd(last)) === close && !LINE_BREAK.test(text.slice(valueEnd(last), close));
  if (closesOnSameLine) return insertAfter(text, last, member, close, style.newline + outerIndent);
  return insertAfter(text, last, member, endOfLineComment(text, valueEnd(last)));
}

/** The text with `addition` at the offset `from`, somewhere behind the entry that was the last, and the comma between them. */
function insertAfter(text: string, last: Json5Item, addition: string, from: number, ending = ''): string {
  const start = valueEnd(last);
  const comma = last.comma === undefined ? ',' : '';
  const between = ending === '' ? text.slice(start, from) : text.slice(start, from).trimEnd();
  return text.slice(0, start) + comma + between + addition + (last.comma === undefined ? '' : ',') + ending + text.slice(from);
}

/** The offset behind an entry and its comma. */
function valueEnd(entry: Json5Item): number {
  return entry.comma === undefined ? entry.value.end : entry.comma + 1;
}

function appendItem(text: string, array: ArrayNode, value: unknown): string {
  const style = styleOf(text);
  const last = array.items.at(-1);
  const close = array.end - 1;
  if (!last) {
    const inside = text.slice(array.start + 1, close).trimEnd();
    const gap = inside === '' ? '' : style.newline;
    return text.slice(0, array.start + 1) + inside + gap + render(value, style, indentAt(text, array.start)) + gap + text.slice(close);
  }
  if (!LINE_BREAK.test(text.slice(array.start, last.value.start))) {
    return insertAfter(text, last, ` ${render(value, style, indentAt(text, array.start))}`, valueEnd(last));
  }
  const indent = indentAt(text, last.value.start);
  return insertAfter(text, last, style.newline + indent + render(value, style, indent), endOfLineComment(text, valueEnd(last)));
}

/** Takes an entry and its comma out; when it was alone on its lines, these too. Comments stay. */
function removeEntry(text: string, entries: readonly Entry[], index: number): string {
  const entry = entries[index];
  if (!entry) return text;
  // Without a comma of its own it was the last: the comma in front of it would be left over.
  const orphan = entry.comma === undefined ? entries[index - 1]?.comma : undefined;
  const start = text.slice(0, entry.start);
  let head = orphan === undefined ? start : start.slice(0, orphan) + start.slice(orphan + 1);
  let tail =
    entry.comma === undefined ? text.slice(entry.value.end) : text.slice(entry.value.end, entry.comma) + text.slice(entry.comma + 1);
  const indent = /(?:^|[\n\r])([ \t]*)$/.exec(head)?.[1];
  const restOfLine = /^[ \t]*(?:\r\n|[\n\r])/.exec(tail)?.[0];
  if (indent !== undefined && restOfLine !== undefined) {
    head = head.slice(0, head.length - indent.length);
    tail = tail.slice(restOfLine.length);
  } else if (/\s$/.test(head)) tail = tail.replace(/^[ \t]+/, '');
  return head + tail;
}

function child(node: Json5Node, part: string): Json5Node | undefined {
  if (node.kind === 'object') return node.members.find((member) => member.key === part)?.value;
  return node.kind === 'array' ? node.items[Number(part)]?.value : undefined;
}

function at(root: Json5Node, path: KeyPath): Json5Node | undefined {
  return path.reduce<Json5Node | undefined>((node, part) => node && child(node, part), root);
}

/** The offset behind a comment that begins on the same line, else `from`. */
function endOfLineComment(text: string, from: number): number {
  const end = lineEnd(text, from);
  const rest = text.slice(from, end).trimStart();
  if (rest.startsWith('//')) return end;
  if (!rest.startsWith('/*')) return from;
  const close = text.indexOf('*/', from) + 2;
  return close <= end && (skipTrivia(text, close) ?? 0) >= end ? lineEnd(text, close) : close;
}

function nest(path: KeyPath, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
}

function notThere(path: KeyPath, depth: number, expected: string): GatewayError {
  const where = formatPath(path.slice(0, depth));
  const finding = { path: formatPath(path), expected, hint: `Look at what is there: \`openclaw config get ${where}\`.` };
  return new GatewayError('CONFIG_INVALID', { message: `${finding.path}: expected ${expected}.`, details: { findings: [finding] } });
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
