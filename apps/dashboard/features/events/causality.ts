/** Under what an event of a message's flow stands: what is decided under the message, what is asked under the run, what is used under the answer. */
const DEPTHS: readonly (readonly [RegExp, number])[] = [
  [/^message\.received$/, 0],
  [/^(auth|route|session|message|run)\./, 1],
  [/^(model|delivery|budget)\./, 2],
  [/^tool\./, 3],
];

/** How many steps from the message an event of this type is. */
export function depthOf(type: string): number {
  return DEPTHS.find(([pattern]) => pattern.test(type))?.[1] ?? 1;
}
