const WORD_START = 8;
const IN_A_ROW = 5;
const WHOLE_PREFIX = 30;

/**
 * How well what was typed fits a text: its characters in their order, better in a row and at the beginning of words.
 * Nothing when it does not fit; an empty query fits everything alike.
 * @example fuzzyScore('aud', 'Audit') // > fuzzyScore('aud', 'Approve and undo')
 */
export function fuzzyScore(query: string, text: string): number | undefined {
  const wanted = [...query.toLowerCase().replaceAll(/\s+/g, '')];
  const within = [...text.toLowerCase()];
  let score = text.toLowerCase().startsWith(query.toLowerCase()) ? WHOLE_PREFIX : 0;
  let at = -1;
  for (const character of wanted) {
    const found = within.indexOf(character, at + 1);
    if (found === -1) return undefined;
    if (found === at + 1) score += IN_A_ROW;
    if (found === 0 || /[^\p{L}\p{N}]/u.test(within[found - 1] ?? '')) score += WORD_START;
    at = found;
  }
  return score - within.length / 100;
}

/** The best of several texts for the same thing. */
export function bestScore(query: string, texts: readonly string[]): number | undefined {
  const scores = texts.map((text) => fuzzyScore(query, text)).filter((score) => score !== undefined);
  return scores.length === 0 ? undefined : Math.max(...scores);
}
