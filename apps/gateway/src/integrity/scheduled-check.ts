/** Has what is new in the log checked by itself, time after time. What comes of it is recorded as of a check that a person began. */
import type { Actor } from '@openclaw-gateway/events';
import type { LogCheck } from './log-check.ts';

export const CHECKED_BY: Actor = { type: 'system', id: 'scheduled-check' };

/** A timer waits no longer. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

type Settings = { readonly verifyEvery: number };

export type ScheduledCheck = {
  /** Takes up another configuration; the time begins anew where it is another one. */
  apply(settings: Settings): void;
  /** When the next one is due, in milliseconds since 1970; nothing where none is. */
  nextAt(): number | undefined;
  close(): void;
};

export type ScheduledCheckOptions = { readonly check: Pick<LogCheck, 'start' | 'state'>; readonly head: () => number };

export function createScheduledCheck({ check, head }: ScheduledCheckOptions): ScheduledCheck {
  let everyMs = 0;
  let next: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined;

  const wait = (): void => {
    clearTimeout(next?.timer);
    next = everyMs === 0 ? undefined : { at: Date.now() + everyMs, timer: setTimeout(run, everyMs).unref() };
  };
  const run = (): void => {
    const { state, result } = check.state() ?? {};
    // The record of the last check is not worth another one.
    const hasNew = !result?.ok || head() > result.to + 1;
    if (state !== 'running' && hasNew) check.start({}, CHECKED_BY, { gently: true });
    wait();
  };

  return {
    apply({ verifyEvery }) {
      const wanted = Math.min(verifyEvery, LONGEST_WAIT_MS);
      if (wanted === everyMs) return;
      everyMs = wanted;
      wait();
    },
    nextAt: () => next?.at,
    close: () => clearTimeout(next?.timer),
  };
}
