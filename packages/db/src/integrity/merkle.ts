/**
 * The Merkle tree of RFC 6962 over the chain hashes of all events: leaf n is the chain hash at position n + 1. One root of
 * 32 bytes stands for the whole log up to a position, and a proof of log₂(n) hashes shows that an event lies under it.
 * Pure: no I/O. Hashes are lowercase hex, because Node makes those several times faster than buffers.
 */
import { hash } from 'node:crypto';

/** How many leaves lie under a hash that is worth keeping: with those, any root and proof of a long log is quickly made. */
export const TILE = 1024;

const HASH_BYTES = 32;
const leafInput = Buffer.alloc(1 + HASH_BYTES, 0x00);
const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, 0x01);

/** The root of a tree without leaves. */
export const EMPTY_ROOT: string = hash('sha256', '');

/** The tree's hash of one leaf. */
export function leafNode(leaf: string): string {
  leafInput.write(leaf, 1, 'hex');
  return hash('sha256', leafInput);
}

/** The hash of a node over two subtrees. */
export function innerNode(left: string, right: string): string {
  nodeInput.write(left, 1, 'hex');
  nodeInput.write(right, 1 + HASH_BYTES, 'hex');
  return hash('sha256', nodeInput);
}

/** The number of a tile, from 0, and the root of its leaves. */
export type OnTile = (tile: number, root: string) => void;

/** What must be remembered of a growing tree: the roots of its complete subtrees, the largest first. */
export class Frontier {
  #size: number;
  readonly #roots: string[];
  readonly #onTile: OnTile | undefined;

  /**
   * Goes on where an earlier frontier stood. Throws `RangeError` when the roots are not as many as the size has ones in
   * binary. `onTile` hears of each complete tile.
   */
  constructor(size = 0, roots: readonly string[] = [], onTile?: OnTile) {
    if (roots.length !== ones(size))
      throw new RangeError(`a tree of ${size} leaves has ${ones(size)} complete subtrees, not ${roots.length}`);
    this.#size = size;
    this.#roots = [...roots];
    this.#onTile = onTile;
  }

  /** How many leaves there are. */
  get size(): number {
    return this.#size;
  }

  get roots(): readonly string[] {
    return this.#roots;
  }

  append(leaf: string): void {
    this.#push(leafNode(leaf), 1);
  }

  /** Takes in the root of a complete subtree. Its size is a power of two that divides the size so far. */
  appendSubtree(root: string, leaves: number): void {
    this.#push(root, leaves);
  }

  root(): string {
    let root: string | undefined;
    for (let index = this.#roots.length - 1; index >= 0; index -= 1) {
      const left = this.#roots[index] ?? '';
      root = root === undefined ? left : innerNode(left, root);
    }
    return root ?? EMPTY_ROOT;
  }

  #push(root: string, leaves: number): void {
    let node = root;
    let covered = leaves;
    this.#size += leaves;
    while ((this.#size / covered) % 2 === 0) {
      node = innerNode(this.#roots.pop() ?? '', node);
      covered *= 2;
      if (covered === TILE) this.#onTile?.(this.#size / TILE - 1, node);
    }
    this.#roots.push(node);
  }
}

/** Gives the root of the subtree over `count` leaves that begins with leaf `first`. */
export type SubtreeRoot = (first: number, count: number) => string;

/** The root over these leaves. */
export function rootOf(leaves: Iterable<string>): string {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier.root();
}

/** How a tree is cut in two: the left part is the largest power of two that is smaller than the whole. */
export function leftPart(count: number): number {
  let left = 1;
  while (left * 2 < count) left *= 2;
  return left;
}

/** The hashes that lead from a leaf to the root of a tree of `size` leaves (RFC 6962, 2.1.1). `index` counts from 0. */
export function inclusionPath(subtreeRoot: SubtreeRoot, index: number, size: number): string[] {
  const path = (at: number, first: number, count: number): string[] => {
    if (count === 1) return [];
    const left = leftPart(count);
    if (at < left) return [...path(at, first, left), subtreeRoot(first + left, count - left)];
    return [...path(at - left, first + left, count - left), subtreeRoot(first, left)];
  };
  if (index < 0 || index >= size) throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`);
  return path(index, 0, size);
}

/** Whether the path leads from the leaf at `index` to the root of a tree of `size` leaves. */
export function verifyInclusion(proof: {
  readonly leaf: string;
  readonly index: number;
  readonly size: number;
  readonly path: readonly string[];
  readonly root: string;
}): boolean {
  if (proof.index < 0 || proof.index >= proof.size) return false;
  let node = leafNode(proof.leaf);
  let at = proof.index;
  let last = proof.size - 1;
  for (const sibling of proof.path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      node = innerNode(sibling, node);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      node = innerNode(node, sibling);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && node === proof.root;
}

/** The hashes that show that the tree of `size` leaves begins with the tree of `earlier` leaves (RFC 6962, 2.1.2). */
export function consistencyPath(subtreeRoot: SubtreeRoot, earlier: number, size: number): string[] {
  const path = (old: number, first: number, count: number, known: boolean): string[] => {
    if (old === count) return known ? [] : [subtreeRoot(first, count)];
    const left = leftPart(count);
    if (old <= left) return [...path(old, first, left, known), subtreeRoot(first + left, count - left)];
    return [...path(old - left, first + left, count - left, false), subtreeRoot(first, left)];
  };
  if (earlier < 1 || earlier > size) throw new RangeError(`a tree of ${size} leaves does not begin with one of ${earlier}`);
  return path(earlier, 0, size, true);
}

/** Whether the path shows that the later tree only added leaves to the earlier one. */
export function verifyConsistency(proof: {
  readonly earlier: { readonly size: number; readonly root: string };
  readonly later: { readonly size: number; readonly root: string };
  readonly path: readonly string[];
}): boolean {
  const { earlier, later } = proof;
  if (earlier.size < 1 || earlier.size > later.size) return false;
  if (earlier.size === later.size) return proof.path.length === 0 && earlier.root === later.root;
  const path = ones(earlier.size) === 1 ? [earlier.root, ...proof.path] : proof.path;
  let at = earlier.size - 1;
  let last = later.size - 1;
  while (at % 2 === 1) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  const [start, ...rest] = path;
  if (start === undefined) return false;
  let old = start;
  let now = start;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      old = innerNode(sibling, old);
      now = innerNode(sibling, now);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      now = innerNode(now, sibling);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && old === earlier.root && now === later.root;
}

/** How many ones a whole number has in binary. */
function ones(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
