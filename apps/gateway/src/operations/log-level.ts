/** Changes the level of the process's log while it runs, for a while or until the next start. */
import { type Actor, GatewayLogLevelChanged, type NewEvent } from '@openclaw-gateway/events';
import type { Logger, LogLevel } from './logs.ts';

export type LogLevelState = {
  readonly level: LogLevel;
  /** What the configuration says. */
  readonly configured: LogLevel;
  /** When it returns to that by itself. */
  readonly until?: number;
  /** How many lines were lost because they could not be written fast enough. */
  readonly lostLines: number;
};

export type LogLevelControl = {
  readonly current: () => LogLevelState;
  /** Until the time is over, or until the next start. Recorded before it takes effect. */
  readonly set: (level: LogLevel, options: { readonly forMs?: number; readonly actor: Actor }) => Promise<void>;
  /** Takes up what the configuration says now, where nothing else is in force. */
  readonly apply: () => void;
  readonly close: () => void;
};

const SYSTEM: Actor = { type: 'system', id: 'gateway' };

export function controlLogLevel(options: {
  readonly logger: Pick<Logger, 'level' | 'warn'>;
  readonly configured: () => LogLevel;
  readonly lostLines: () => number;
  readonly record: (event: NewEvent, actor: Actor) => Promise<void>;
}): LogLevelControl {
  const { logger, configured, lostLines, record } = options;
  let override: { readonly level: LogLevel; readonly until?: number; readonly timer?: NodeJS.Timeout } | undefined;
  const level = () => override?.level ?? configured();
  const apply = () => {
    logger.level = level();
  };
  const expire = async (): Promise<void> => {
    const from = level();
    override = undefined;
    apply();
    await record(GatewayLogLevelChanged.create({ from, to: level(), cause: 'expired' }), SYSTEM);
  };
  const current = (): LogLevelState => ({
    level: level(),
    configured: configured(),
    lostLines: lostLines(),
    ...(override?.until === undefined ? {} : { until: override.until }),
  });
  return {
    current,
    async set(to, { forMs, actor }) {
      await record(GatewayLogLevelChanged.create({ from: level(), to, cause: 'asked', ...(forMs === undefined ? {} : { forMs }) }), actor);
      clearTimeout(override?.timer);
      if (forMs === undefined) override = { level: to };
      else {
        const timer = setTimeout(
          () => expire().catch((error: unknown) => logger.warn({ err: error }, 'the return of the log level could not be recorded')),
          forMs,
        );
        timer.unref();
        override = { level: to, until: Date.now() + forMs, timer };
      }
      apply();
    },
    apply,
    close: () => clearTimeout(override?.timer),
  };
}
