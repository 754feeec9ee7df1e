/**
 * The text of a configuration as somebody may edit it who must not see its secrets: each is `***` in its place, in comments too,
 * and everything else stays letter by letter. What comes back gets the secrets again that were left alone.
 */
import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { Json5Node } from './json5.ts';
import { lineEnd, parseJson5, toValue } from './json5.ts';
import type { KeyPath } from './path.ts';
import { formatPath } from './path.ts';
import { isSecretPath, MASK, maskSecrets, secrets } from './secrets.ts';

/** A part of the text and what stands in its place. */
type Patch = { readonly start: number; readonly end: number; readonly text: string };
type Comment = { readonly start: number; readonly end: number; readonly text: string };

const SHORTEST_SECRET = 4;
/** A key with a value that was commented out. */
const COMMENTED_VALUE = /(["']?)([A-Za-z_][\w-]*)\1(\s*:\s*)(["'])((?:[^"'\\\n]|\\.)+)\4/g;
const MASKED_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:\*\*\*@/i;

/** The text without its secrets. Throws CONFIG_SYNTAX. */
export function maskText(text: string): string {
  if (text.trim() === '') return text;
  const root = parseJson5(text);
  const value = toValue(root);
  const patches: Patch[] = [];
  const visit = (node: Json5Node, shown: unknown): void => {
    if (node.kind === 'object' && typeof shown === 'object') {
      for (const { key, value: inner } of node.members) visit(inner, (shown as Record<string, unknown>)[key]);
    } else if (node.kind === 'array' && Array.isArray(shown)) {
      for (const [index, item] of node.items.entries()) visit(item.value, shown[index]);
    } else if (!isDeepStrictEqual(toValue(node), shown)) {
      patches.push({ start: node.start, end: node.end, text: JSON.stringify(shown) });
    }
  };
  visit(root, maskSecrets(value));
  const known = secrets(value);
  for (const comment of commentsOf(text)) {
    const masked = maskComment(comment.text, known);
    if (masked !== comment.text) patches.push({ ...comment, text: masked });
  }
  return patch(text, patches);
}

/**
 * The text with the secrets of `present` where it has them masked still. An item of a list is the present one that looks the same,
 * else the one in its place. Throws CONFIG_SYNTAX, and CONFIG_SECRET_UNKNOWN naming the keys whose secret is not known there.
 */
export function unmaskText(text: string, present: string): string {
  if (text.trim() === '' || !text.includes(MASK)) return text;
  const now = present.trim() === '' ? undefined : parseJson5(present);
  const patches: Patch[] = [];
  const missing: string[] = [];
  const visit = (node: Json5Node, there: Json5Node | undefined, path: KeyPath): void => {
    if (node.kind === 'object') {
      const members = there?.kind === 'object' ? there.members : [];
      for (const { key, value } of node.members) visit(value, members.find((member) => member.key === key)?.value, [...path, key]);
    } else if (node.kind === 'array') {
      const items = there?.kind === 'array' ? there.items.map((item) => item.value) : [];
      for (const [index, { value }] of node.items.entries()) {
        const looksTheSame = (item: Json5Node | undefined) => item && isDeepStrictEqual(maskSecrets(toValue(item), path), toValue(value));
        const here = items[index];
        visit(value, looksTheSame(here) ? here : (items.find(looksTheSame) ?? here), [...path, String(index)]);
      }
    } else if (typeof node.value === 'string' && (node.value === MASK || MASKED_PASSWORD.test(node.value))) {
      const here = there && shownAt(path, toValue(there));
      if (there && here === node.value) patches.push({ start: node.start, end: node.end, text: present.slice(there.start, there.end) });
      else if (isSecretPath(named(path)) || node.value !== MASK) missing.push(formatPath(path));
    }
  };
  visit(parseJson5(text), now, []);
  if (missing.length > 0) {
    throw new GatewayError('CONFIG_SECRET_UNKNOWN', {
      message: `No secret is known for ${missing.join(', ')}: "${MASK}" only stands for one that is set there already.`,
      details: { keys: missing, remedy: `Write the secret itself, "\${NAME}" for an environment variable, or { file: "/path" }.` },
    });
  }
  const known = present.trim() === '' ? [] : secrets(toValue(parseJson5(present)));
  const originals = Map.groupBy(commentsOf(present), (comment) => maskComment(comment.text, known));
  for (const comment of commentsOf(text)) {
    const original = originals.get(comment.text)?.shift();
    if (original && original.text !== comment.text) patches.push({ ...comment, text: original.text });
  }
  return patch(text, patches);
}

/** A value as it is shown at a path: a secret, or the gateway token in an object of rules, is masked. */
function shownAt(path: KeyPath, value: unknown): unknown {
  const names = named(path);
  const nested = names.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value);
  return names.reduce<unknown>(
    (shown, part) => (typeof shown === 'object' && shown !== null ? (shown as Record<string, unknown>)[part] : shown),
    maskSecrets(nested),
  );
}

/** The names on a path: an item of a list has none. */
const named = (path: KeyPath): KeyPath => path.filter((part) => !/^\d+$/.test(part));

function maskComment(comment: string, known: readonly string[]): string {
  const withoutKnown = known
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .reduce((text, secret) => text.replaceAll(secret, MASK), comment);
  return withoutKnown.replace(COMMENTED_VALUE, (whole, quote: string, key: string, colon: string, mark: string, value: string) =>
    isSecretPath([key]) && !/^\$\{\w+\}$/.test(value) ? `${quote}${key}${quote}${colon}${mark}${MASK}${mark}` : whole,
  );
}

/** Everything between the values and keys of a text that is a comment. */
function commentsOf(text: string): Comment[] {
  const comments: Comment[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") at = stringEnd(text, at);
    else if (text.startsWith('//', at) || text.startsWith('/*', at)) {
      const close = text.indexOf('*/', at + 2);
      const end = text.startsWith('//', at) ? lineEnd(text, at) : close < 0 ? text.length : close + 2;
      comments.push({ start: at, end, text: text.slice(at, end) });
      at = end;
    } else at++;
  }
  return comments;
}

function stringEnd(text: string, start: number): number {
  const quote = text.charAt(start);
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== quote) at += text.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

function patch(text: string, patches: readonly Patch[]): string {
  return [...patches]
    .sort((a, b) => b.start - a.start)
    .reduce((changed, { start, end, text: put }) => changed.slice(0, start) + put + changed.slice(end), text);
}
