/** Whether a text fits a pattern in which `*` stands for any characters and `?` for one. Linear in the text for each star. */
export function globOf(pattern: string): (text: string) => boolean {
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  return (text) => fits(pattern, text);
}

function fits(pattern: string, text: string): boolean {
  let at = 0;
  let p = 0;
  let star = -1;
  let retry = 0;
  while (at < text.length) {
    if (p < pattern.length && (pattern[p] === '?' || (pattern[p] !== '*' && pattern[p] === text[at]))) {
      at += 1;
      p += 1;
    } else if (pattern[p] === '*') {
      star = p;
      p += 1;
      retry = at;
    } else if (star >= 0) {
      p = star + 1;
      retry += 1;
      at = retry;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
