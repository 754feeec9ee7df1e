/** How large a tool's result may be, and what of a long text fits into one. */

/** Of a result as JSON. */
export const MOST_RESULT_BYTES = 64 * 1024;

/** What a value takes as JSON. */
export const jsonSize = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** A text from `offset` on, as far as its JSON takes at most `mostBytes` and it has at most `mostCharacters`; none is cut in two. */
export function partOf(text: string, offset: number, most: { readonly mostBytes: number; readonly mostCharacters: number }): string {
  let bytes = 0;
  let end = offset;
  while (end < text.length && end - offset < most.mostCharacters) {
    const character = String.fromCodePoint(text.codePointAt(end) ?? 0);
    bytes += jsonSize(character) - '""'.length;
    if (bytes > most.mostBytes) break;
    end += character.length;
  }
  return text.slice(offset, end);
}

/** As many of the first of a list as take at most `mostBytes` as JSON. */
export function firstOf<T>(list: readonly T[], mostBytes: number): readonly T[] {
  let bytes = 0;
  const end = list.findIndex((entry) => {
    bytes += jsonSize(entry) + ','.length;
    return bytes > mostBytes;
  });
  return end < 0 ? list : list.slice(0, end);
}
