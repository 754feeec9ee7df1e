/**
 * Where in the log a condition can match, as a walk in one direction. A `Seek` answers, from a place on, the next stretch
 * that may hold a match; between there and here there is none. Places are positions going up, negated positions going
 * down, so that both directions are one code.
 */
import { ANY_TYPE, FACET, type Facet } from '../projections/explorer.ts';
import type { Condition, MetadataName } from './condition.ts';
import type { Phrase } from './words.ts';

export type Direction = 1 | -1;
/** Both ends inclusive, in the order of the walk. */
export type Stretch = { readonly first: number; readonly last: number };
export type Seek = (from: number) => Stretch | undefined;

/** What the index tables say. */
export type Index = {
  /** How far the explorer's chunks and the words go; what is newer must be read itself. */
  readonly chunkedTo: number;
  readonly searchedTo: number;
  readonly chunkSize: number;
  /** The nearest chunk with the value, from a chunk on. */
  readonly chunk: (facet: Facet, value: string, from: number, direction: Direction) => number | undefined;
  /** The codes that stand for these types, and the one that may stand for any. */
  readonly typeCodes: (types: ReadonlySet<string>) => ReadonlySet<number>;
  /** The code of each position of a chunk, as far as it is indexed. */
  readonly typesIn: (chunk: number) => Uint8Array | undefined;
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
/** Positions that are fetched at a time. To find the first of a common word costs more than a thousand that follow it. */
const FETCHED_OF_SESSION = 100;
const FETCHED_OF_PHRASE = 1000;

/** The walk over a condition, or `undefined` when any event may match. */
export function seekOf(condition: Condition, index: Index, direction: Direction): Seek | undefined {
  switch (condition.kind) {
    case 'and': {
      // The full-text index joins several phrases better than a walk over each.
      const phrases = condition.of.flatMap((part) => (part.kind === 'phrase' ? [part.phrase] : []));
      const others = condition.of.filter((part) => part.kind !== 'phrase').sort((a, b) => rarity(a) - rarity(b));
      const parts = [
        ...(phrases.length > 0 ? [ofPhrases(index, phrases, direction)] : []),
        ...others.flatMap((part) => seekOf(part, index, direction) ?? []),
      ];
      const [only] = parts;
      return parts.length > 1 ? all(parts) : only;
    }
    case 'or': {
      const parts = condition.of.map((part) => seekOf(part, index, direction));
      return parts.every((part) => part !== undefined) ? either(parts) : undefined;
    }
    case 'types':
      return newest(index.chunkedTo, direction, ofTypes(index, condition.types, direction));
    case 'metadata': {
      const { name } = condition;
      if (!isIndexed(name)) return undefined;
      const chunks = newest(index.chunkedTo, direction, ofChunks(index, name, condition.values, direction));
      if (name !== 'session') return chunks;
      const streams = [...condition.values].map((id) =>
        ofPositions((from, limit) => index.session(id, from, direction, limit), FETCHED_OF_SESSION, direction),
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

/** Whether the explorer's index says where a name occurs. */
export function isIndexed(name: MetadataName): name is MetadataName & Facet {
  return name in FACET;
}

function rarity(condition: Condition): number {
  const rank = RARITY.indexOf(condition.kind);
  if (condition.kind === 'metadata') return rank + NAME_RARITY.indexOf(condition.name) / NAME_RARITY.length;
  return rank < 0 ? RARITY.length : rank;
}

/** Where all of them may match. */
function all(seeks: readonly Seek[]): Seek {
  return (from) => {
    let first = from;
    for (;;) {
      const start = first;
      let last = Number.POSITIVE_INFINITY;
      for (const seek of seeks) {
        const stretch = seek(first);
        if (!stretch) return undefined;
        first = stretch.first;
        last = Math.min(last, stretch.last);
      }
      if (first === start) return { first, last };
    }
  };
}

/** Where any of them may match. */
function either(seeks: readonly Seek[]): Seek {
  return (from) => {
    let nearest: Stretch | undefined;
    for (const seek of seeks) {
      const stretch = seek(from);
      if (stretch && (!nearest || stretch.first < nearest.first)) nearest = stretch;
    }
    return nearest;
  };
}

function ofRange(low: number, high: number, direction: Direction): Seek {
  const [first, last] = direction === 1 ? [low, high] : [-high, -low];
  return (from) => (from > last || first > last ? undefined : { first: Math.max(from, first), last });
}

/** What the index does not know yet may match everywhere. */
function newest(knownTo: number, direction: Direction, known: Seek): Seek {
  const boundary = direction === 1 ? knownTo : -knownTo;
  if (direction === -1) return (from) => (from < boundary ? { first: from, last: boundary - 1 } : known(from));
  return (from) => {
    const stretch = from > boundary ? undefined : known(from);
    if (!stretch || stretch.first > boundary) return { first: Math.max(from, boundary + 1), last: Number.POSITIVE_INFINITY };
    return { first: stretch.first, last: Math.min(stretch.last, boundary) };
  };
}

function ofChunks(index: Index, facet: Facet, values: ReadonlySet<string>, direction: Direction): Seek {
  const { chunkSize } = index;
  // A walk goes one way, so what was found for a value holds until the walk has passed it.
  const ahead = new Map<string, number | undefined>();
  return (from) => {
    const chunk = Math.floor((from * direction) / chunkSize);
    let nearest: number | undefined;
    for (const value of values) {
      let next = ahead.get(value);
      if (!ahead.has(value) || (next !== undefined && next * direction < chunk * direction)) {
        next = index.chunk(facet, value, chunk, direction);
        ahead.set(value, next);
      }
      if (next !== undefined && (nearest === undefined || next * direction < nearest * direction)) nearest = next;
    }
    if (nearest === undefined) return undefined;
    const [low, high] = [nearest * chunkSize, nearest * chunkSize + chunkSize - 1];
    return direction === 1 ? { first: Math.max(from, low), last: high } : { first: Math.max(from, -high), last: -low };
  };
}

/** The positions themselves, by the types that stand in each chunk. */
function ofTypes(index: Index, types: ReadonlySet<string>, direction: Direction): Seek {
  const chunks = ofChunks(index, 'type', types, direction);
  const wanted = index.typeCodes(types);
  let known: { readonly chunk: number; readonly codes: Uint8Array | undefined } | undefined;
  return (from) => {
    for (let at = from; ; ) {
      const stretch = chunks(at);
      if (!stretch) return undefined;
      const chunk = Math.floor((stretch.first * direction) / index.chunkSize);
      if (known?.chunk !== chunk) known = { chunk, codes: index.typesIn(chunk) };
      const { codes } = known;
      // What the projection has not written yet is not known to be another type.
      const isWanted = (place: number): boolean => wanted.has(codes?.[place * direction - chunk * index.chunkSize] ?? ANY_TYPE);
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

/** Events that have all of the phrases. */
function ofPhrases(index: Index, phrases: readonly Phrase[], direction: Direction): Seek {
  const fetch = (from: number, limit: number) => index.phrases(phrases, from, direction, limit);
  return newest(index.searchedTo, direction, ofPositions(fetch, FETCHED_OF_PHRASE, direction));
}

/** Single positions, fetched some at a time. */
function ofPositions(fetch: (from: number, limit: number) => readonly number[], limit: number, direction: Direction): Seek {
  let places: readonly number[] = [];
  let at = 0;
  let isLast = false;
  return (from) => {
    while (at < places.length && (places[at] ?? 0) < from) at += 1;
    if (at === places.length && !isLast) {
      places = fetch(from * direction, limit).map((position) => position * direction);
      at = 0;
      isLast = places.length < limit;
    }
    const place = places[at];
    return place === undefined ? undefined : { first: place, last: place };
  };
}
