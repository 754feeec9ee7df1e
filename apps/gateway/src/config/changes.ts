/** What differs between two configurations, as the event log and the dashboard show it. */
import { isDeepStrictEqual } from 'node:util';
import type { KeyPath } from './path.ts';
import { formatPath } from './path.ts';
import { reloadOf } from './reload.ts';
import { isFileReference } from './secret-references.ts';
import { maskSecrets } from './secrets.ts';
import type { ConfigChange } from './types.ts';

/** The differences key by key, lists as a whole; secrets are masked on both sides. */
export function compare(before: unknown, after: unknown): readonly ConfigChange[] {
  return differences(before, after, []).map(({ path, ...values }) => toChange(path, values));
}

/** The changed keys that wait for a restart. */
export function restartNeeded(before: unknown, after: unknown): readonly string[] {
  return differences(before, after, [])
    .filter(({ path }) => reloadOf(path) === 'restart')
    .map(({ path }) => formatPath(path));
}

type Difference = { readonly path: KeyPath; readonly before: unknown; readonly after: unknown };

/** The keys that differ, lists as a whole, with their real values. */
export function differences(before: unknown, after: unknown, path: KeyPath): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isTable(before) && isTable(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      differences(before[key], after[key], [...path, key]),
    );
  }
  // A whole block that comes or goes is shown by its keys.
  if (isTable(before) && after === undefined && Object.keys(before).length > 0) return differences(before, {}, path);
  if (isTable(after) && before === undefined && Object.keys(after).length > 0) return differences({}, after, path);
  return [{ path, before, after }];
}

function toChange(path: KeyPath, { before, after }: Omit<Difference, 'path'>): ConfigChange {
  const op = before === undefined ? 'add' : after === undefined ? 'remove' : 'replace';
  const shown = (value: unknown) => maskSecrets(value, path);
  return {
    path: formatPath(path).slice(0, 512),
    op,
    ...(before !== undefined && { before: shown(before) }),
    ...(after !== undefined && { after: shown(after) }),
  };
}

/** The reference to a file with a secret is one value. */
const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isFileReference(value);
