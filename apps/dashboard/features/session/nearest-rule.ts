/** Which rule would have decided with the least changed: worked out from the recorded decision alone. */
export type Candidate = {
  readonly rule: string;
  readonly matched?: boolean | undefined;
  readonly expected: Readonly<Record<string, string>>;
  readonly actual: Readonly<Record<string, string>>;
};

export type Nearest = {
  readonly rule: string;
  readonly fields: readonly { readonly field: string; readonly expected: string; readonly actual: string | undefined }[];
};

/** Of the rules that were tried and not met, the one with the fewest fields that differ; of those alike the one tried first. */
export function nearestRule(candidates: readonly Candidate[]): Nearest | undefined {
  const missed = candidates
    .filter((candidate) => candidate.matched === false)
    .map(({ rule, expected, actual }) => ({
      rule,
      fields: Object.entries(expected).flatMap(([field, value]) =>
        actual[field] === value ? [] : [{ field, expected: value, actual: actual[field] }],
      ),
    }))
    .filter(({ fields }) => fields.length > 0);
  return missed.reduce<Nearest | undefined>(
    (nearest, next) => (!nearest || next.fields.length < nearest.fields.length ? next : nearest),
    undefined,
  );
}
