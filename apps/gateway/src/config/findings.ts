/** Turns what the schema says into words for the person who wrote the file. */

import { editDistance, nearest } from '@openclaw-gateway/events/nearest';
import type { z } from 'zod';
import { configKeys, isKnownPath, knownKeys } from './keys.ts';
import type { KeyPath } from './path.ts';
import { formatPath, valueAt } from './path.ts';
import { isSecretPath, MASK, maskSecrets } from './secrets.ts';
import type { Finding } from './types.ts';

type Issue = z.core.$ZodIssue;

/** One finding for each thing that is wrong; `document` is what was checked. */
export function toFindings(issues: readonly Issue[], document: unknown): Finding[] {
  return issues.flatMap((issue) => explain(issue, [], document));
}

/** A value as a finding shows it: masked where it is a secret, and short. */
export function showValue(value: unknown, path: KeyPath): string | undefined {
  if (value === undefined) return undefined;
  const masked = maskSecrets(value, path);
  if (masked === MASK) return MASK;
  const text = JSON.stringify(masked) ?? String(masked);
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}

function explain(issue: Issue, prefix: readonly PropertyKey[], document: unknown): Finding[] {
  const path = [...prefix, ...issue.path].map(String);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, document));
  if (issue.code === 'invalid_union') {
    // The spelling whose outer shape fits knows better what is wrong inside.
    const fitting = issue.errors.find((inner) => !inner.some((one) => one.path.length === 0 && one.code === 'invalid_type'));
    if (fitting && fitting.length > 0) return fitting.flatMap((inner) => explain(inner, path, document));
  }
  const expected = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const value = valueAt(document, path);
  return [finding(path, value, expected, value === undefined ? 'The key is missing.' : hintFor(value, expected))];
}

function unknownKey(parent: KeyPath, key: string, document: unknown): Finding {
  const path = [...parent, key];
  const siblings = knownKeys(parent) ?? [];
  const expected = siblings.length > 0 ? `one of ${siblings.join(', ')}` : 'nothing here';
  // A mistyped `botTokn` holds a secret all the same.
  const meant = nearest(key, siblings) ?? key;
  const mayBeSecret =
    /token|secret|password|key|credential|^env$/i.test(key) ||
    [...parent, meant].some((_part, index, parts) => isSecretPath(parts.slice(0, index + 1)));
  const value = mayBeSecret ? MASK : valueAt(document, path);
  return finding(path, value, expected, similarKey(key, parent, siblings));
}

/** What was probably meant by a key that does not exist. */
export function unknownKeyHint(path: KeyPath): string | undefined {
  const known = path.findIndex((_part, index) => !isKnownPath(path.slice(0, index + 1)));
  const parent = path.slice(0, known);
  return known < 0 ? undefined : similarKey(path[known] ?? '', parent, knownKeys(parent) ?? []);
}

function similarKey(key: string, parent: KeyPath, siblings: readonly string[]): string | undefined {
  const sibling = nearest(key, siblings);
  if (sibling) return `Did you mean ${formatPath([...parent, sibling])}?`;
  // The right name in the wrong place.
  const places = configKeys().flatMap(({ path }) => path.split('.').map((_part, index, parts) => parts.slice(0, index + 1).join('.')));
  const elsewhere =
    places.find((place) => lastPart(place) === key.toLowerCase()) ??
    places.find((place) => editDistance(lastPart(place), key.toLowerCase()) <= 1);
  return elsewhere && `Did you mean ${elsewhere}?`;
}

function hintFor(value: unknown, expected: string): string | undefined {
  if (typeof value === 'string' && expected === 'true or false' && /^(true|false)$/.test(value)) return `Write ${value} without quotes.`;
  if (typeof value === 'string' && /number/.test(expected) && value.trim() !== '' && Number.isFinite(Number(value)))
    return `Write ${value} without quotes.`;
  const words = [...expected.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
  const close = typeof value === 'string' && / or /.test(expected) ? nearest(value, words) : undefined;
  return close && close !== value ? `Did you mean "${close}"?` : undefined;
}

function finding(path: KeyPath, value: unknown, expected: string, hint: string | undefined): Finding {
  const shown = value === MASK ? MASK : showValue(value, path);
  return {
    path: formatPath(path).slice(0, 512),
    ...(shown !== undefined && { value: shown }),
    expected: expected.slice(0, 500),
    ...(hint && { hint: hint.slice(0, 500) }),
  };
}

const lastPart = (path: string) => (path.split('.').at(-1) ?? '').replace('[]', '').toLowerCase();
