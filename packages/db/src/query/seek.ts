/** Where in the log a condition can match, as a walk: each clause that an index serves becomes one. */
import { ANY_KIND, CHUNK_SIZE, FACET, type Facet } from '../projections/explorer.ts';
import { type Condition, every, type MetadataName } from './condition.ts';
import { isDecidedByKind, type Kind, matchesKind } from './kinds.ts';
import { all, type Direction, either, newest, ofPositions, ofRange, type Seek } from './walk.ts';
import type { Phrase } from './words.ts';

/** What the index tables say. */
export type Index = {
  /** How far the explorer's tables and the words go; what is newer must be read itself. */
  readonly exploredTo: number;
  readonly searchedTo: number;
  /** Every kind up to there, by its code. */
  readonly kinds: ReadonlyMap<number, Kind>;
  /** The codes of a chunk's positions, as far as they are indexed. */
  readonly kindsIn: (chunk: number) => Uint8Array | undefined;
  /** Chunks with the value, from one on, at most `limit`. */
  readonly chunks: (facet: Facet, value: string, from: number, direction: Direction, limit: number) => readonly number[];
  /** Positions whose texts have all the phrases, from one on, at most `limit`. */
  readonly phrases: (phrases: readonly Phrase[], from: number, direction: Direction, limit: number) => readonly number[];
  /** Positions in a session's own stream, from one on, at most `limit`. */
  readonly session: (sessionId: string, from: number, direction: Direction, limit: number) => readonly number[];
  /** The first position at or after a time. */
  readonly firstSince: (time: number) => number;
};

/** How rare a kind of clause usually makes its matches: the rarest is asked first. */
const RARITY: readonly Condition['kind'][] = ['positions', 'times', 'metadata', 'types', 'and', 'or'];
const NAME_RARITY: readonly MetadataName[] = ['correlation', 'session', 'run', 'subject', 'agent', 'channel'];
/** A page and a little more. */
const FETCHED_POSITIONS = 64;
const FETCHED_CHUNKS = 16;
/** A walk over so many chunks without a match names a place nevertheless, so that it can be stopped there. */
const CHUNKS_AT_ONCE = 16;

/** The walk over a condition, or `undefined` when any event may match. */
export function seekOf(condition: Condition, index: Index, direction: Direction): Seek | undefined {
  if (isDecidedByKind(condition)) return newest(index.exploredTo, direction, ofKinds(index, condition, direction));
  switch (condition.kind) {
    case 'and': {
      // The full-text index joins several phrases better than a walk over each, and one look at a kind decides them all.
      const phrases = condition.of.flatMap((part) => (part.kind === 'phrase' ? [part.phrase] : []));
      const ofKind = condition.of.filter(isDecidedByKind);
      const others = condition.of.filter((part) => part.kind !== 'phrase' && !isDecidedByKind(part)).sort((a, b) => rarity(a) - rarity(b));
      const parts = [
        ...(phrases.length > 0 ? [ofPhrases(index, phrases, direction)] : []),
        ...[...others, ...(ofKind.length > 0 ? [every(ofKind)] : [])].flatMap((part) => seekOf(part, index, direction) ?? []),
      ];
      return parts.length > 0 ? all(parts) : undefined;
    }
    case 'or': {
      const parts = condition.of.map((part) => seekOf(part, index, direction));
      return parts.every((part) => part !== undefined) ? either(parts) : undefined;
    }
    case 'metadata': {
      const { name, values } = condition;
      if (!isIndexed(name)) return undefined;
      const chunks = newest(index.exploredTo, direction, ofChunks(index, name, values, direction));
      if (name !== 'session') return chunks;
      const streams = [...values].map((id) =>
        ofPositions((from, limit) => index.session(id, from, direction, limit), FETCHED_POSITIONS, direction),
      );
      return either([...streams, chunks]);
    }
    case 'phrase':
      return ofPhrases(index, [condition.phrase], direction);
    case 'positions':
      return ofRange(condition.low, condition.high, direction);
    case 'times':
      return ofRange(
        condition.from === Number.NEGATIVE_INFINITY ? 1 : index.firstSince(condition.from),
        condition.until === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : index.firstSince(condition.until) - 1,
        direction,
      );
    default:
      return undefined;
  }
}

/** What is left of a condition where its walk names single places: they nearly always fulfil the rest. */
export function unsettled(condition: Condition): Condition {
  if (isSettled(condition)) return { kind: 'all' };
  return condition.kind === 'and' ? every(condition.of.filter((part) => !isSettled(part))) : condition;
}

/** Whether the explorer's index says where a name occurs. */
export function isIndexed(name: MetadataName): name is MetadataName & Facet {
  return name in FACET;
}

function isSettled(condition: Condition): boolean {
  if (isDecidedByKind(condition)) return true;
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.of.every(isSettled);
    case 'metadata':
      return condition.name === 'session';
    default:
      return condition.kind === 'phrase' || condition.kind === 'positions' || condition.kind === 'times';
  }
}

function rarity(condition: Condition): number {
  const rank = RARITY.indexOf(condition.kind);
  if (condition.kind === 'metadata') return rank + NAME_RARITY.indexOf(condition.name) / NAME_RARITY.length;
  return rank < 0 ? RARITY.length : rank;
}

/** The chunks that have any of the values. */
function ofChunks(index: Index, facet: Facet, values: Iterable<string>, direction: Direction): Seek {
  const chunks = either(
    Array.from(values, (value) =>
      ofPositions((from, limit) => index.chunks(facet, value, from, direction, limit), FETCHED_CHUNKS, direction),
    ),
  );
  return (from) => {
    const found = chunks(chunkAt(from, direction) * direction);
    if (!found) return undefined;
    const low = found.first * direction * CHUNK_SIZE;
    const high = low + CHUNK_SIZE - 1;
    return direction === 1 ? { first: Math.max(from, low), last: high } : { first: Math.max(from, -high), last: -low };
  };
}

/** The positions themselves, by the kinds that stand in each chunk. */
function ofKinds(index: Index, condition: Condition, direction: Direction): Seek {
  const wanted = [...index.kinds.values()].filter((kind) => matchesKind(condition, kind));
  const codes = new Set([ANY_KIND, ...wanted.map(({ code }) => code)]);
  const chunks = whereKindsMayBe(index, wanted, direction);
  let chunk = Number.NaN;
  let stored: Uint8Array | undefined;
  const isWanted = (place: number): boolean => {
    const at = 2 * (place * direction - chunk * CHUNK_SIZE);
    // What the projection has not written is not known to be of another kind.
    return codes.has((stored?.[at] ?? 0) + 256 * (stored?.[at + 1] ?? 0));
  };
  return (from) => {
    let at = from;
    for (let looked = 0; ; looked++) {
      const stretch = chunks(at);
      if (!stretch || looked === CHUNKS_AT_ONCE) return stretch && { first: stretch.first, last: stretch.first };
      if (chunk !== chunkAt(stretch.first, direction)) {
        chunk = chunkAt(stretch.first, direction);
        stored = index.kindsIn(chunk);
      }
      for (let first = stretch.first; first <= stretch.last; first++) {
        if (!isWanted(first)) continue;
        let last = first;
        while (last < stretch.last && isWanted(last + 1)) last += 1;
        return { first, last };
      }
      at = stretch.last + 1;
    }
  };
}

/** The chunks, one by one, that have a type, a channel and an agent of these kinds. What most kinds have says nothing and is not asked for. */
function whereKindsMayBe(index: Index, wanted: readonly Kind[], direction: Direction): Seek {
  const known = [...index.kinds.values()];
  const facets = (['type', 'channel', 'agent'] as const).flatMap((facet) => {
    const values = new Set(wanted.map((kind) => kind[facet]));
    const isSelective = !values.has('') && 2 * values.size <= new Set(known.map((kind) => kind[facet])).size;
    return isSelective ? [ofChunks(index, facet, values, direction)] : [];
  });
  return all([...facets, everyChunk(index, direction)]);
}

function everyChunk(index: Index, direction: Direction): Seek {
  const last = direction === 1 ? index.exploredTo : -1;
  return (from) => {
    if (from > last) return undefined;
    const chunk = chunkAt(from, direction);
    return { first: from, last: direction === 1 ? chunk * CHUNK_SIZE + CHUNK_SIZE - 1 : -chunk * CHUNK_SIZE };
  };
}

function chunkAt(place: number, direction: Direction): number {
  return Math.floor((place * direction) / CHUNK_SIZE);
}

/** Events that have all of the phrases. */
function ofPhrases(index: Index, phrases: readonly Phrase[], direction: Direction): Seek {
  const fetch = (from: number, limit: number) => index.phrases(phrases, from, direction, limit);
  return newest(index.searchedTo, direction, ofPositions(fetch, FETCHED_POSITIONS, direction));
}
