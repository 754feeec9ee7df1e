/** How the figures of a series over a longer time become one: what was counted is added up, of the rest the worst stays. */

export type Fold = 'sum' | 'highest' | 'lowest';

/** Figures by the number of their series. */
export type Figures = Map<number, number>;

export function fold(how: Fold, one: number, other: number): number {
  if (how === 'sum') return one + other;
  return how === 'highest' ? Math.max(one, other) : Math.min(one, other);
}

/** Adds figures to those of a longer time. In whichever order and groups it is done, the result is the same. */
export function foldInto(
  longer: Figures,
  figures: Iterable<readonly [series: number, figure: number]>,
  howOf: (series: number) => Fold,
): void {
  for (const [series, figure] of figures) {
    const before = longer.get(series);
    longer.set(series, before === undefined ? figure : fold(howOf(series), before, figure));
  }
}
