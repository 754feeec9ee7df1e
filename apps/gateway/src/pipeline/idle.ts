import type { RunningPipeline } from './index.ts';

const SHORTEST_MS = 1000;
const LONGEST_MS = 10_000;

/** Puts conversations out of memory in which nothing has happened for as long as `gateway.sessions.timeout` says, until it is stopped. */
export function scheduleIdle(pipeline: Pick<RunningPipeline, 'dropIdle'>, timeoutMs: () => number): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;

  function next(): void {
    timer = setTimeout(
      () => {
        pipeline.dropIdle(timeoutMs());
        next();
      },
      Math.min(Math.max(timeoutMs() / 4, SHORTEST_MS), LONGEST_MS),
    );
    timer.unref();
  }

  next();
  return { stop: () => clearTimeout(timer) };
}
