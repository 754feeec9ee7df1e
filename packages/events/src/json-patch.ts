/** What turns one JSON value into another, as RFC 6902 writes it. Pure. */

export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value?: unknown }
  | { readonly op: 'remove'; readonly path: string };

/**
 * The operations that make `after` of `before`. Both are JSON values.
 * @example diff({ a: 1 }, { a: 2 }) // [{ op: 'replace', path: '/a', value: 2 }]
 */
export function diff(before: unknown, after: unknown, path = ''): PatchOperation[] {
  if (Array.isArray(before) && Array.isArray(after)) return diffArrays(before, after, path);
  if (isObject(before) && isObject(after)) return diffObjects(before, after, path);
  return same(before, after) ? [] : [{ op: 'replace', path, value: after }];
}

/** The value with the operations done; `before` stays as it is. Throws `TypeError` when an operation does not fit it. */
export function applyPatch(before: unknown, operations: readonly PatchOperation[]): unknown {
  const root = { value: structuredClone(before) };
  for (const operation of operations) {
    const keys = operation.path.split('/').slice(1).map(unescapeKey);
    const last = keys.pop();
    if (last === undefined) {
      root.value = operation.op === 'remove' ? undefined : operation.value;
      continue;
    }
    const parent = keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root.value);
    if (Array.isArray(parent)) applyToArray(parent, last, operation);
    else if (isObject(parent)) applyToObject(parent, last, operation);
    else throw new TypeError(`nothing is at ${operation.path}`);
  }
  return root.value;
}

function diffObjects(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>, path: string): PatchOperation[] {
  const operations: PatchOperation[] = [];
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const at = `${path}/${escapeKey(key)}`;
    const was = Object.hasOwn(before, key) ? before[key] : undefined;
    const is = Object.hasOwn(after, key) ? after[key] : undefined;
    if (was === undefined && is === undefined) continue;
    if (is === undefined) operations.push({ op: 'remove', path: at });
    else if (was === undefined) operations.push({ op: 'add', path: at, value: is });
    else operations.push(...diff(was, is, at));
  }
  return operations;
}

/** What lists begin and end with alike stays; conversations grow at the end, so this finds nearly always the least. */
function diffArrays(before: readonly unknown[], after: readonly unknown[], path: string): PatchOperation[] {
  let start = 0;
  while (start < before.length && start < after.length && same(before[start], after[start])) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && same(before.at(-1 - end), after.at(-1 - end))) end++;
  const changed = Math.min(before.length, after.length) - start - end;
  const operations: PatchOperation[] = [];
  for (let index = start; index < start + changed; index++) operations.push(...diff(before[index], after[index], `${path}/${index}`));
  for (let index = before.length - end - 1; index >= start + changed; index--) operations.push({ op: 'remove', path: `${path}/${index}` });
  for (let index = start + changed; index < after.length - end; index++)
    operations.push({ op: 'add', path: `${path}/${index}`, value: after[index] });
  return operations;
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => same(item, b[index]));
  return isObject(a) && isObject(b) && diffObjects(a, b, '').length === 0;
}

function applyToArray(parent: unknown[], key: string, operation: PatchOperation): void {
  const index = key === '-' ? parent.length : Number(key);
  if (!Number.isInteger(index) || index < 0 || index > parent.length) throw new TypeError(`nothing is at ${operation.path}`);
  if (operation.op === 'add') parent.splice(index, 0, operation.value);
  else if (operation.op === 'replace') parent[index] = operation.value;
  else parent.splice(index, 1);
}

function applyToObject(parent: Record<string, unknown>, key: string, operation: PatchOperation): void {
  if (operation.op === 'remove') delete parent[key];
  // A key such as `__proto__` is a key like any other.
  else Object.defineProperty(parent, key, { value: operation.value, writable: true, enumerable: true, configurable: true });
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const escapeKey = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');
const unescapeKey = (key: string) => key.replaceAll('~1', '/').replaceAll('~0', '~');
