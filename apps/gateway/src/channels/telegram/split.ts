/** The most UTF-16 code units Telegram takes in one message. */
export const MOST_MESSAGE_LENGTH = 4096;

const BOUNDARIES = [/\n\n+/g, /\n/g, /[.!?。！？](?:\s|(?<=[。！？]))/g, /\s/g] as const;

/** A text in parts of at most `most` characters, cut after a paragraph, line, sentence or word where there is one. */
export function splitText(text: string, most: number = MOST_MESSAGE_LENGTH): readonly string[] {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest.length > most) {
    const at = cutAt(rest, most);
    parts.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  if (rest !== '') parts.push(rest);
  return parts.filter((part) => part !== '');
}

function cutAt(text: string, most: number): number {
  // White space just behind the limit is a boundary, too: it is not sent.
  const window = text.slice(0, most + 1);
  for (const boundary of BOUNDARIES) {
    let end = 0;
    for (const match of window.matchAll(boundary)) {
      const candidate = match.index + match[0].length;
      if (window.slice(0, candidate).trimEnd().length <= most) end = candidate;
    }
    // A cut near the start would leave a crumb.
    if (end >= most / 2) return end;
  }
  const isInsidePair = /[\uD800-\uDBFF]/.test(text.charAt(most - 1));
  return isInsidePair ? most - 1 : most;
}
