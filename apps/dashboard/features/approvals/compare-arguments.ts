export type ComparedArgument = {
  /** Such as `argv.1`. */
  readonly path: string;
  readonly now?: string;
  readonly before?: string;
  readonly mark: 'same' | 'changed' | 'added' | 'gone';
};

const MOST_ROWS = 200;

/** Two sets of arguments leaf by leaf: those of now in their order, then what is no longer there. At most 200 rows. */
export function compareArguments(now: unknown, before: unknown): readonly ComparedArgument[] {
  const [present, earlier] = [leavesOf(now), leavesOf(before)];
  const rows = [...present].map(([path, value]): ComparedArgument => {
    const was = earlier.get(path);
    if (was === undefined) return { path, now: value, mark: 'added' };
    return { path, now: value, before: was, mark: was === value ? 'same' : 'changed' };
  });
  const gone = [...earlier].filter(([path]) => !present.has(path)).map(([path, was]) => ({ path, before: was, mark: 'gone' as const }));
  return [...rows, ...gone].slice(0, MOST_ROWS);
}

/** The leaves of a value by their paths. */
export function leavesOf(value: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (at: readonly string[], inner: unknown) => {
    const isBranch = typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0;
    if (isBranch) for (const [key, item] of Object.entries(inner)) visit([...at, key], item);
    else if (at.length > 0) found.set(at.join('.'), typeof inner === 'string' ? inner : (JSON.stringify(inner) ?? ''));
  };
  visit([], value);
  return found;
}
