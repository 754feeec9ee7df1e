/**
 * Walks over the log in one direction. A `Seek` answers, from a place on, the next stretch that may hold a match; between
 * there and here there is none. Places are positions going up, negated positions going down, so that both directions are one code.
 */
export type Direction = 1 | -1;
/** Both ends inclusive, in the order of the walk. */
export type Stretch = { readonly first: number; readonly last: number };
/** Is asked for places that never go back. */
export type Seek = (from: number) => Stretch | undefined;

/** Positions that are fetched at a time grow up to this. */
const MAX_FETCHED = 1024;

/** Where all of them may match. */
export function all(seeks: readonly Seek[]): Seek {
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
export function either(seeks: readonly Seek[]): Seek {
  const [only] = seeks;
  if (only && seeks.length === 1) return only;
  return (from) => {
    let nearest: Stretch | undefined;
    for (const seek of seeks) {
      const stretch = seek(from);
      if (stretch && (!nearest || stretch.first < nearest.first)) nearest = stretch;
    }
    return nearest;
  };
}

export function ofRange(low: number, high: number, direction: Direction): Seek {
  const [first, last] = direction === 1 ? [low, high] : [-high, -low];
  return (from) => (from > last || first > last ? undefined : { first: Math.max(from, first), last });
}

/** What an index does not know yet may match everywhere. */
export function newest(knownTo: number, direction: Direction, known: Seek): Seek {
  const boundary = direction === 1 ? knownTo : -knownTo;
  if (direction === -1) return (from) => (from < boundary ? { first: from, last: boundary - 1 } : known(from));
  return (from) => {
    const stretch = from > boundary ? undefined : known(from);
    if (!stretch || stretch.first > boundary) return { first: Math.max(from, boundary + 1), last: Number.POSITIVE_INFINITY };
    return { first: stretch.first, last: Math.min(stretch.last, boundary) };
  };
}

/**
 * Single positions, from one on, fetched `least` at first and more each time: most pages need few, and those that need many
 * should not ask for each.
 */
export function ofPositions(fetch: (from: number, limit: number) => readonly number[], least: number, direction: Direction): Seek {
  let places: readonly number[] = [];
  let at = 0;
  let limit = least;
  let isLast = false;
  return (from) => {
    while (at < places.length && (places[at] ?? 0) < from) at += 1;
    if (at === places.length && !isLast) {
      places = fetch(from * direction, limit).map((position) => position * direction);
      at = 0;
      isLast = places.length < limit;
      limit = Math.min(MAX_FETCHED, limit * 2);
    }
    const place = places[at];
    return place === undefined ? undefined : { first: place, last: place };
  };
}
