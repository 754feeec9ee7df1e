/**
 * Lets one piece of work through in each turn of the event loop. When many sockets become readable at once, what they set off
 * would otherwise run in one go, and everything else on this thread would wait for all of it.
 */
import { setImmediate } from 'node:timers';

let taken = false;
const waiting: (() => void)[] = [];

/** Resolves in this turn of the event loop for the first that asks, and in one of the next turns, in order, for the others. */
export function turnstile(): Promise<void> {
  if (!taken) {
    taken = true;
    setImmediate(nextTurn);
    return Promise.resolve();
  }
  return new Promise((resolve) => waiting.push(resolve));
}

function nextTurn(): void {
  const next = waiting.shift();
  taken = next !== undefined;
  if (!next) return;
  setImmediate(nextTurn);
  next();
}
