/** Puts back what an earlier configuration said. The log has it with its secrets masked, so these come from the present one. */
import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@openclaw-gateway/events';
import { placeOf } from './aliases.ts';
import { differences } from './changes.ts';
import { outermostEmptied, setInText, unsetInText } from './edit.ts';
import { parseJson5, toValue } from './json5.ts';
import type { KeyPath } from './path.ts';
import { formatPath, valueAt } from './path.ts';
import { readDocument } from './read.ts';
import { isSecretPath, MASK, maskSecrets } from './secrets.ts';

/** What was written at an earlier position of the log, its secrets masked. */
export type EarlierConfig = { readonly position: number; readonly document: Readonly<Record<string, unknown>> };

/**
 * The text with the keys of an earlier configuration; comments and order stay where the keys do. A secret keeps its
 * present value. Throws CONFIG_SYNTAX, and CONFIG_SECRET_UNKNOWN naming the secrets that are not set at present.
 */
export function restoreInText(text: string, { position, document }: EarlierConfig): string {
  const present = readDocument(text).value;
  const missing: string[] = [];
  const wanted = withPresentSecrets(document, present, [], missing);
  if (missing.length > 0) {
    throw new GatewayError('CONFIG_SECRET_UNKNOWN', {
      message: `The configuration of position ${position} had secrets that the log does not keep and that are not set now: ${missing.join(', ')}.`,
      details: {
        keys: missing,
        remedy: `Set them first (\`openclaw config set ${missing[0]} …\`), then roll back again; or set the other keys by hand: \`openclaw config diff ${position}\` shows them.`,
      },
    });
  }
  const restored = differences(present, wanted, []).reduce((edited, { path, after }) => change(edited, path, after, wanted), text);
  const { value, findings } = readDocument(restored);
  if (findings.length === 0 && isDeepStrictEqual(value, wanted)) return restored;
  // Keys that stand under another spelling are written anew, under the name they have here.
  return setInText(text, [], wanted);
}

function change(text: string, path: KeyPath, value: unknown, wanted: unknown): string {
  const place = placeOf(text.trim() === '' ? {} : toValue(parseJson5(text)), path);
  if (value !== undefined) return setInText(text, place, value);
  const emptied = outermostEmptied(text, place, (parent) => valueAt(wanted, parent) === undefined);
  return unsetInText(text, emptied) ?? text;
}

function withPresentSecrets(then: unknown, now: unknown, path: KeyPath, missing: string[]): unknown {
  if (then === MASK && isSecretPath(path)) {
    if (now === undefined) missing.push(formatPath(path));
    return now;
  }
  if (Array.isArray(then)) return then.map((item, index) => itemWithSecrets(item, now, [...path, String(index)], missing));
  if (typeof then !== 'object' || then === null) return then;
  return Object.fromEntries(
    Object.entries(then).map(([key, inner]) => [key, withPresentSecrets(inner, valueAt(now, [key]), [...path, key], missing)]),
  );
}

/** An item of a list has no name of its own: the present one that looks the same without its secrets is it. */
function itemWithSecrets(item: unknown, present: unknown, path: KeyPath, missing: string[]): unknown {
  const same = Array.isArray(present)
    ? present.find((candidate) => isDeepStrictEqual(maskSecrets(candidate, path.slice(0, -1)), item))
    : undefined;
  return same ?? withPresentSecrets(item, undefined, path, missing);
}
