import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANY_KIND, CHUNK_SIZE } from '../projections/explorer.ts';
import type { Condition } from './condition.ts';
import type { Kind } from './kinds.ts';
import { type Index, seekOf } from './seek.ts';
import type { Direction, Seek } from './walk.ts';

const KINDS: readonly Kind[] = [
  { code: 1, type: 'run.started', channel: 'http', agent: 'main' },
  { code: 2, type: 'run.started', channel: 'hook', agent: 'helper' },
  { code: 300, type: 'config.changed', channel: '', agent: '' },
];
const OF_HELPER: Condition = { kind: 'metadata', name: 'agent', values: new Set(['helper']) };

/** The index of a log whose position n is of the kind `codes[n - 1]`. */
function indexOf(codes: readonly number[]): Index {
  const chunksWith = (isWanted: (kind: Kind) => boolean): number[] => {
    const wanted = new Set(KINDS.filter(isWanted).map(({ code }) => code));
    return [...new Set(codes.flatMap((code, index) => (wanted.has(code) ? [Math.floor((index + 1) / CHUNK_SIZE)] : [])))];
  };
  const all = Uint8Array.from([0, ...codes].flatMap((code) => [code % 256, Math.floor(code / 256)]));
  return {
    exploredTo: codes.length,
    searchedTo: codes.length,
    kinds: new Map(KINDS.map((kind) => [kind.code, kind])),
    kindsIn: (chunk) => all.subarray(2 * chunk * CHUNK_SIZE, 2 * (chunk + 1) * CHUNK_SIZE),
    chunks: (facet, value, from, direction, limit) => {
      if (facet !== 'type' && facet !== 'channel' && facet !== 'agent') return [];
      const found = chunksWith((kind) => kind[facet] === value);
      const ordered = direction === 1 ? found.filter((chunk) => chunk >= from) : found.filter((chunk) => chunk <= from).toReversed();
      return ordered.slice(0, limit);
    },
    phrases: () => [],
    session: () => [],
    firstSince: () => 1,
  };
}

/** Every position of the log that a walk names, in its order. */
function named(seek: Seek | undefined, head: number, direction: Direction): number[] {
  const positions: number[] = [];
  const [first, last] = direction === 1 ? [1, head] : [-head, -1];
  for (let at = first; at <= last; ) {
    const stretch = seek?.(at);
    if (!stretch || stretch.first > last) break;
    for (at = stretch.first; at <= Math.min(stretch.last, last); at++) positions.push(at * direction);
  }
  return positions;
}

describe('a walk over kinds', () => {
  test('names exactly the positions whose kind matches, and those whose kind is not known', () => {
    const questions = fc.constantFrom<readonly [Condition, readonly number[]]>(
      [OF_HELPER, [2]],
      [{ kind: 'not', of: { kind: 'metadata', name: 'agent', values: new Set(['main']) } }, [2, 300]],
      [{ kind: 'types', types: new Set(['config.changed']) }, [300]],
      [{ kind: 'or', of: [OF_HELPER, { kind: 'types', types: new Set(['config.changed']) }] }, [2, 300]],
      [
        {
          kind: 'and',
          of: [
            { kind: 'types', types: new Set(['run.started']) },
            { kind: 'not', of: OF_HELPER },
          ],
        },
        [1],
      ],
    );
    const kinds = fc.array(fc.constantFrom(1, 1, 1, 2, 300, ANY_KIND), { minLength: 1, maxLength: 3 * CHUNK_SIZE });
    fc.assert(
      fc.property(questions, kinds, fc.constantFrom<Direction>(1, -1), ([condition, matching], some, direction) => {
        // A chunk in which no event is known to match is passed over, so each has all kinds.
        const codes = some.flatMap((code, index) => (index % 100 === 0 ? [1, 2, 300, code] : [code]));
        const positions = codes.flatMap((code, index) => (code === ANY_KIND || matching.includes(code) ? [index + 1] : []));
        const found = named(seekOf(condition, indexOf(codes), direction), codes.length, direction);
        expect(found).toEqual(direction === 1 ? positions : positions.toReversed());
      }),
    );
  });

  test('of a type that the log does not hold ends at once', () => {
    const condition: Condition = { kind: 'types', types: new Set(['run.failed']) };
    expect(named(seekOf(condition, indexOf([1, 2, 300]), 1), 3, 1)).toEqual([]);
  });

  test('of a long log in which nothing matches stops now and then, so that it can be ended', () => {
    const codes = Array.from({ length: 100_000 }, () => 1);
    const condition: Condition = { kind: 'not', of: { kind: 'metadata', name: 'agent', values: new Set(['main']) } };
    for (const direction of [1, -1] as const) {
      const places = named(seekOf(condition, indexOf(codes), direction), codes.length, direction);
      expect(places).toHaveLength(Math.floor(codes.length / (16 * CHUNK_SIZE)));
    }
  });
});
