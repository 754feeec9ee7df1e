import type { Actor } from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import type { Logger } from '../operations/logs.ts';
import type { DataControl } from './data-control.ts';

/** Not while everything else starts. */
const FIRST_MS = 60_000;

export type RetentionSchedule = {
  /** When it looks again, in milliseconds since 1970; nothing while it is at it. */
  nextRunAt(): number | undefined;
  stop(): Promise<void>;
};

/** Looks for what is due now and then, until it is stopped. Resolves once nothing is under way any more. */
export function scheduleRetention(control: DataControl, config: () => Config, logger: Logger, actor: Actor): RetentionSchedule {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let nextAt: number | undefined;
  let running: Promise<void> = Promise.resolve();

  function next(delayMs: number): void {
    nextAt = Date.now() + delayMs;
    timer = setTimeout(() => {
      running = run();
    }, delayMs);
    timer.unref();
  }

  async function run(): Promise<void> {
    nextAt = undefined;
    try {
      const { content, debug, removedFromArchive, kept, files, segments } = await control.retain({
        dryRun: false,
        actor,
        signal: stop.signal,
      });
      const removed = content + debug + removedFromArchive;
      if (removed + files + segments.length > 0)
        logger.info({ removed, kept, files, segments: segments.length }, 'old events were put away');
    } catch (error) {
      if (!stop.signal.aborted) logger.error({ err: error }, 'old events were not put away');
    }
    if (!stop.signal.aborted) next(config().gateway.retention.interval);
  }

  next(FIRST_MS);
  return {
    nextRunAt: () => nextAt,
    async stop() {
      stop.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
