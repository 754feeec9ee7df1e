/** Which threads come first when there is less processor than work: those that messages, and people who look, wait for. */
import { readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** Where there is too little processor for all, a tenth of what a thread gets that did not yield. */
const STEPS = 10;

/**
 * Has the calling thread give way to the others of the process. By Linux only, which ranks threads one by one; elsewhere, and where
 * /proc cannot be read, all stay equal.
 */
export function yieldToMessages(): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, Math.min(getPriority(thread) + STEPS, constants.priority.PRIORITY_LOW));
  } catch {
    // Only how long others wait depends on it.
  }
}
