import type { ServerResponse } from 'node:http';
import type { Caller } from './index.ts';
import type { Revocations } from './revocations.ts';

/** An answer that has not begun when its credential ends may be the one that tells so: it gets this long. */
const LAST_WORD_MS = 300;

/** Cuts an answer off when the credential behind it stops being good: what streams at once, what has not begun after a moment. */
export function endWhenRevoked({ onRevoked }: Pick<Revocations, 'onRevoked'>, caller: Caller, answer: ServerResponse): void {
  const forget = onRevoked(caller, () => {
    if (answer.destroyed || answer.writableFinished) return false;
    if (answer.headersSent && !answer.writableEnded) {
      answer.destroy();
      return true;
    }
    const timer = setTimeout(() => answer.destroy(), LAST_WORD_MS);
    answer.once('close', () => clearTimeout(timer));
    return false;
  });
  answer.once('close', forget);
}
