/** What could stand where somebody is writing. */
export type FieldInfo = {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly operators: readonly string[];
  readonly description: string;
  readonly example: string;
  readonly values: readonly string[];
};

export type Suggestion = { readonly text: string; readonly note: string };

/** The word that the caret stands in or behind: `start` to `end`. */
export function wordAt(text: string, caret: number): { readonly start: number; readonly end: number; readonly word: string } {
  let start = caret;
  while (start > 0 && !/[\s(]/.test(text[start - 1] ?? '')) start -= 1;
  let end = caret;
  while (end < text.length && !/[\s)]/.test(text[end] ?? '')) end += 1;
  return { start, end, word: text.slice(start, caret) };
}

const MOST = 12;

/** Fields for a word that begins one, values for a word that has its field; `live` are values that the log has now, by field; `meaningOf` explains a type of event. */
export function suggest(
  word: string,
  fields: readonly FieldInfo[],
  live: Readonly<Record<string, readonly string[]>>,
  meaningOf: (type: string) => string | undefined,
): readonly Suggestion[] {
  const minus = word.startsWith('-') ? '-' : '';
  const rest = word.slice(minus.length);
  const colon = rest.indexOf(':');
  if (colon < 0) {
    const begun = rest.toLowerCase();
    return fields
      .filter(({ name, aliases }) => [name, ...aliases].some((each) => each.startsWith(begun)))
      .slice(0, MOST)
      .map(({ name, description }) => ({ text: `${minus}${name}:`, note: description.replaceAll('`', '') }));
  }
  const name = rest.slice(0, colon).toLowerCase();
  const field = fields.find((each) => each.name === name || each.aliases.includes(name));
  if (!field) return [];
  const begun = rest.slice(colon + 1).toLowerCase();
  const values = [...new Set([...(live[field.name] ?? []), ...field.values])];
  const matching = values.filter((value) => value.toLowerCase().includes(begun) && value.toLowerCase() !== begun);
  const ranked = matching.sort((a, b) => Number(b.toLowerCase().startsWith(begun)) - Number(a.toLowerCase().startsWith(begun)));
  return ranked.slice(0, MOST).map((value) => ({
    text: `${minus}${name}:${/[\s()",]/.test(value) ? `"${value}"` : value}`,
    note: (field.name === 'type' && meaningOf(value)) || '',
  }));
}
