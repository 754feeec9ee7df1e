/** What of an answer may be shown while it is written: without secrets, also where one comes in pieces. */
import type { Store } from '@openclaw-gateway/db';

/** So few characters at the end of a piece are shown at once, although they may begin a secret: many words would wait otherwise. */
const FEW = 3;

export type ShownText = {
  /** What may be shown now that this piece has come too. */
  add(piece: string): string;
  /** What was kept back. */
  rest(): string;
};

export function createShownText(redactor: Store['redactor'] | undefined): ShownText {
  if (!redactor) return { add: (piece) => piece, rest: () => '' };
  let kept = '';
  let shownEnd = '';
  return {
    add(piece) {
      const before = shownEnd + kept + piece;
      const text = redactor.redactText(before);
      // Of a secret that began in what was shown already, the rest is taken out.
      const fresh = text.slice(sameBeginning(text, before, shownEnd.length));
      const end = Math.max(0, fresh.length - redactor.undecided(text));
      kept = fresh.slice(end);
      const shown = fresh.slice(0, end);
      shownEnd = (shownEnd + shown).slice(-FEW);
      return shown;
    },
    rest() {
      const text = kept;
      kept = '';
      return text;
    },
  };
}

function sameBeginning(a: string, b: string, most: number): number {
  let length = 0;
  while (length < most && a[length] === b[length]) length += 1;
  return length;
}
