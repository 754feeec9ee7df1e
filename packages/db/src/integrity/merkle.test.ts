import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { consistencyPath, EMPTY_ROOT, Frontier, inclusionPath, rootOf, TILE, verifyConsistency, verifyInclusion } from './merkle.ts';

const leaves = Array.from({ length: 70 }, (_, index) => sha256(Buffer.from([index])).toString('hex'));
const sizes = fc.integer({ min: 1, max: leaves.length });

describe('the tree', () => {
  test('has the roots that RFC 6962 defines', () => {
    expect(EMPTY_ROOT).toBe(sha256(Buffer.alloc(0)).toString('hex'));
    for (let size = 1; size <= leaves.length; size++) expect(rootOf(leaves.slice(0, size)), `${size}`).toBe(defined(0, size));
  });

  test('goes on from its frontier, and takes whole subtrees', () => {
    const begun = new Frontier();
    for (const leaf of leaves.slice(0, 37)) begun.append(leaf);
    const resumed = new Frontier(begun.size, begun.roots);
    for (const leaf of leaves.slice(37)) resumed.append(leaf);
    expect(resumed.root()).toBe(defined(0, 70));
    const composed = new Frontier();
    composed.appendSubtree(defined(0, 32), 32);
    composed.appendSubtree(defined(32, 32), 32);
    for (const leaf of leaves.slice(64)) composed.append(leaf);
    expect(composed.root()).toBe(defined(0, 70));
    expect(() => new Frontier(3, [''])).toThrow(RangeError);
  });

  test('says the root of each complete tile', () => {
    const tiles: [number, string][] = [];
    const many = Array.from({ length: 2 * TILE + 5 }, (_, index) => leaves[index % 70] ?? '');
    const frontier = new Frontier(0, [], (tile, root) => tiles.push([tile, root]));
    for (const leaf of many) frontier.append(leaf);
    expect(tiles).toEqual([
      [0, rootOf(many.slice(0, TILE))],
      [1, rootOf(many.slice(TILE, 2 * TILE))],
    ]);
  });
});

describe('a proof', () => {
  test('of inclusion holds for the leaf, position, size and root it was made for and no other', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (size, at, other) => {
        const index = at % size;
        const proof = { leaf: leaves[index] ?? '', index, size, path: inclusionPath(defined, index, size), root: defined(0, size) };
        expect(verifyInclusion(proof)).toBe(true);
        expect(proof.path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
        expect(verifyInclusion({ ...proof, leaf: leaves[(index + 1) % 70] ?? '' })).toBe(false);
        if (other % size !== index) expect(verifyInclusion({ ...proof, index: other % size })).toBe(false);
        expect(verifyInclusion({ ...proof, root: EMPTY_ROOT })).toBe(false);
        expect(verifyInclusion({ ...proof, path: [...proof.path, EMPTY_ROOT] })).toBe(false);
        if (size > 1) expect(verifyInclusion({ ...proof, path: proof.path.slice(1) })).toBe(false);
        expect(verifyInclusion({ ...proof, index: size })).toBe(false);
      }),
    );
  });

  test('of consistency holds for a tree that only grew', () => {
    fc.assert(
      fc.property(sizes, sizes, (a, b) => {
        const [earlierSize, size] = a < b ? [a, b] : [b, a];
        const earlier = { size: earlierSize, root: defined(0, earlierSize) };
        const later = { size, root: defined(0, size) };
        const path = consistencyPath(defined, earlierSize, size);
        expect(verifyConsistency({ earlier, later, path })).toBe(true);
        expect(verifyConsistency({ earlier: { ...earlier, root: EMPTY_ROOT }, later, path })).toBe(false);
        expect(verifyConsistency({ earlier, later: { ...later, root: EMPTY_ROOT }, path })).toBe(false);
        expect(verifyConsistency({ earlier, later, path: [...path, EMPTY_ROOT] })).toBe(false);
        if (path.length > 0) expect(verifyConsistency({ earlier, later, path: path.slice(1) })).toBe(false);
      }),
    );
  });

  test('cannot be made of what is not there', () => {
    expect(() => inclusionPath(defined, 5, 5)).toThrow(RangeError);
    expect(() => consistencyPath(defined, 0, 5)).toThrow(RangeError);
    expect(() => consistencyPath(defined, 6, 5)).toThrow(RangeError);
  });
});

/** The definition itself, word for word. */
function defined(first: number, count: number): string {
  if (count === 1) return sha256(Buffer.concat([Buffer.from([0]), Buffer.from(leaves[first] ?? '', 'hex')])).toString('hex');
  const left = 2 ** Math.ceil(Math.log2(count) - 1);
  const halves = [defined(first, left), defined(first + left, count - left)].map((half) => Buffer.from(half, 'hex'));
  return sha256(Buffer.concat([Buffer.from([1]), ...halves])).toString('hex');
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
