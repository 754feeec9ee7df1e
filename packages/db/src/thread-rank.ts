/** Which threads come first when there is less processor than work: those that messages wait for. */
import { constants, getPriority, setPriority } from 'node:os';

/** Where there is too little processor for all, a tenth of what a thread gets that did not yield. */
const STEPS = 10;

/** Has the calling thread give way to the others of the process: on Linux, which ranks threads one by one; elsewhere all stay equal. */
export function yieldToMessages(): void {
  // Elsewhere it would be the rank of the whole process.
  if (process.platform !== 'linux') return;
  try {
    setPriority(Math.min(getPriority() + STEPS, constants.priority.PRIORITY_LOW));
  } catch {
    // A sandbox may forbid it, and only how long others wait depends on it.
  }
}
