/** Whether a whole text fits a pattern in which `*` stands for any characters and `?` for one. Linear in the text for each star. */
export function globOf(pattern: string): (text: string) => boolean {
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  const wanted = Array.from(pattern);
  return (text) => fits(wanted, Array.from(text));
}

function fits(wanted: readonly string[], given: readonly string[]): boolean {
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
