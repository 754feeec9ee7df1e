import { globOf } from '../glob.ts';

/** No longer part of a text is looked at. */
const MOST_COMPARED = 4096;

/**
 * Whether the whole text fits a pattern: `*` is any number of characters, `?` one, everything else itself, whatever its case.
 * A star never makes it go back further than to the star before it, so the time is at most the product of both lengths.
 * @example fitsPattern('*invoice*', 'My Invoice is wrong') // true
 */
export function fitsPattern(pattern: string, text: string): boolean {
  return globOf(fold(pattern))(fold(text.slice(0, MOST_COMPARED)));
}

const fold = (text: string) => text.normalize('NFC').toLowerCase();
