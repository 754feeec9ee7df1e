/** Which arguments of a call stand word for word in a text that nobody vouches for: whoever wrote it may have asked for the call. */

export type Echo = {
  /** Where in the arguments, such as `argv.2`. */
  readonly path: string;
  readonly value: string;
  /** Which of the texts holds it, by its index. */
  readonly text: number;
};

/** Shorter values stand in any text by chance. */
const SHORTEST = 6;
/** Of a longer value its parts are looked for, too: an address in a command line. */
const SHORTEST_PART = 10;
const MOST_FOUND = 20;
const MOST_SHOWN = 120;

/** The arguments that one of the texts holds; each path and text once, at most 20. */
export function echoes(args: unknown, texts: readonly string[]): readonly Echo[] {
  const searched = texts.map(plain);
  const found: Echo[] = [];
  for (const { path, value } of leaves(args, [])) {
    for (const [text, within] of searched.entries()) {
      const held = candidates(value).find((candidate) => within.includes(plain(candidate)));
      if (held === undefined) continue;
      found.push({ path, value: held.length > MOST_SHOWN ? `${held.slice(0, MOST_SHOWN)}…` : held, text });
      if (found.length === MOST_FOUND) return found;
    }
  }
  return found;
}

function* leaves(value: unknown, at: readonly string[]): Generator<{ readonly path: string; readonly value: string }> {
  if (typeof value === 'string') yield { path: at.join('.'), value };
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* leaves(item, [...at, key]);
  }
}

function candidates(value: string): readonly string[] {
  const whole = value.trim();
  const parts = whole.split(/\s+/).filter((part) => part.length >= SHORTEST_PART && part !== whole);
  return whole.length >= SHORTEST ? [whole, ...parts] : [];
}

/** How a text is compared: case and white space make no difference. */
const plain = (text: string) => text.toLowerCase().replace(/\s+/g, ' ');
