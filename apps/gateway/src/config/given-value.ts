/** How a refusal names the value that was given, for whoever sent it. */
import { isSecretPath } from './secrets.ts';

const MOST_CHARACTERS = 80;
/** What callers of the doors call their secrets, beside the keys of the configuration. */
const SECRET_KEY = /^(?:auth|code)$|(?:token|secret|password|passphrase|api[_-]?key|private[_-]?key|credentials?|cookie|signature)$/i;

/**
 * The value as it was written, shortened; lists, objects and secrets by their kind alone. A value without a key may be a secret.
 * @example describeGiven('abc', ['limit']) // '"abc"'
 */
export function describeGiven(value: unknown, path: readonly PropertyKey[]): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (mayBeSecret(path.map(String))) return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
  if (typeof value !== 'string') return String(value);
  if (value.length <= MOST_CHARACTERS) return JSON.stringify(value);
  return `${JSON.stringify(`${value.slice(0, MOST_CHARACTERS - 1)}…`)} (${value.length} characters)`;
}

/** What stands at the path of a problem. A text stands for its parts: a list in a query is one text. */
export function givenAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value === 'string') return value;
    return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
      ? (value as Record<PropertyKey, unknown>)[key]
      : undefined;
  }, input);
}

function mayBeSecret(path: readonly string[]): boolean {
  return path.length === 0 || path.some((key, index) => SECRET_KEY.test(key) || isSecretPath(path.slice(0, index + 1)));
}
