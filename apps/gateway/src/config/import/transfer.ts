/** What goes from one file into the other: which keys were taken and to where, which were not, and what a person must do. */
import type { KeyPath } from '../path.ts';
import { formatPath, valueAt } from '../path.ts';

export type Mapped = { readonly from: string; readonly to: string; readonly note?: string };
export type Unmapped = { readonly from: string; readonly why: string };
export type ByHand = { readonly about: string; readonly todo: string };

/** What becomes of one value: what is written, or why nothing is. */
export type Taken = { readonly value: unknown; readonly note?: string } | { readonly why: string } | { readonly todo: string };

export type Transfer = {
  /** A value of the source; nothing is said of it yet. */
  get(...path: string[]): unknown;
  /** Takes a value over, converted. Nothing happens where the source has none. */
  take(from: KeyPath, to: KeyPath, convert?: (value: unknown) => Taken): void;
  /** Writes something that follows from a key of the source. */
  put(from: KeyPath, to: KeyPath, value: unknown, note?: string): void;
  /** Counts a key as dealt with. */
  done(path: KeyPath): void;
  refuse(path: KeyPath, why: string): void;
  byHand(path: KeyPath, todo: string): void;
  /** Takes back what was written at a path and says why. */
  takeBack(to: string, why: string): void;
  readonly document: Record<string, unknown>;
  readonly mapped: readonly Mapped[];
  readonly unmapped: readonly Unmapped[];
  readonly hands: readonly ByHand[];
  /** The keys of the source that nothing was said of, the outermost of them. */
  rest(): readonly KeyPath[];
};

export function createTransfer(source: unknown): Transfer {
  const document: Record<string, unknown> = {};
  const handled: KeyPath[] = [];
  const mapped: Mapped[] = [];
  const unmapped: Unmapped[] = [];
  const hands: ByHand[] = [];
  const transfer: Transfer = {
    document,
    mapped,
    unmapped,
    hands,
    get: (...path) => valueAt(source, path),
    take(from, to, convert = (value) => ({ value })) {
      const value = valueAt(source, from);
      if (value === undefined) return;
      const taken = convert(value);
      if ('why' in taken) return transfer.refuse(from, taken.why);
      if ('todo' in taken) return transfer.byHand(from, taken.todo);
      transfer.put(from, to, taken.value, taken.note);
    },
    put(from, to, value, note) {
      handled.push(from);
      putAt(document, to, value);
      mapped.push({ from: formatPath(from), to: formatPath(to), ...(note && { note }) });
    },
    done: (path) => void handled.push(path),
    refuse(path, why) {
      handled.push(path);
      unmapped.push({ from: formatPath(path), why });
    },
    byHand(path, todo) {
      handled.push(path);
      hands.push({ about: formatPath(path), todo });
    },
    takeBack(to, why) {
      // Items of a list were taken in their order, each as the whole list.
      const [, list = to, item = '0'] = /^([^[]*)\[(\d+)\]/.exec(to) ?? [];
      const entries = mapped.filter((entry) => list === entry.to || list.startsWith(`${entry.to}.`) || list.startsWith(`${entry.to}[`));
      const entry = entries.length > 1 ? entries[Number(item)] : entries[0];
      if (entry) mapped.splice(mapped.indexOf(entry), 1);
      unmapped.push({ from: entry?.from ?? to, why });
    },
    rest: () => untouched(source, [], handled),
  };
  return transfer;
}

/** `handled` covers what is inside it; an object of which something was handled is looked into. */
function untouched(value: unknown, path: KeyPath, handled: readonly KeyPath[]): KeyPath[] {
  if (handled.some((done) => isPrefix(done, path))) return [];
  const isPartly = handled.some((done) => isPrefix(path, done));
  if (!isPartly && path.length > 0) return [path];
  if (typeof value !== 'object' || value === null) return path.length > 0 ? [path] : [];
  return Object.entries(value).flatMap(([key, inner]) => untouched(inner, [...path, key], handled));
}

function putAt(document: Record<string, unknown>, path: KeyPath, value: unknown): void {
  let current = document;
  for (const part of path.slice(0, -1)) {
    current[part] ??= {};
    current = current[part] as Record<string, unknown>;
  }
  current[path.at(-1) ?? ''] = value;
}

const isPrefix = (prefix: KeyPath, path: KeyPath) => prefix.length <= path.length && prefix.every((part, index) => path[index] === part);
