/** No longer part of a text is looked at. */
const MOST_COMPARED = 4096;

/**
 * Whether the whole text fits a pattern: `*` is any number of characters, `?` one, everything else itself, whatever its case.
 * A star never makes it go back further than to the star before it, so the time is at most the product of both lengths.
 * @example fitsPattern('*invoice*', 'My Invoice is wrong') // true
 */
export function fitsPattern(pattern: string, text: string): boolean {
  const wanted = Array.from(fold(pattern));
  const given = Array.from(fold(text.slice(0, MOST_COMPARED)));
  let at = 0;
  let next = 0;
  let star = -1;
  let resumeAt = 0;
  while (at < given.length) {
    if (wanted[next] === '*') {
      star = next++;
      resumeAt = at;
    } else if (next < wanted.length && (wanted[next] === '?' || wanted[next] === given[at])) {
      next++;
      at++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++resumeAt;
    } else return false;
  }
  while (wanted[next] === '*') next++;
  return next === wanted.length;
}

const fold = (text: string) => text.normalize('NFC').toLowerCase();
