/** While the database is out of reach: the log says so, and nobody is left waiting for an answer that only the database knows. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Logger } from '../operations/logs.ts';

const LOOK_EVERY_MS = 500;
/** A database that starts anew answers before, and then it is known what became of everything. */
const PATIENCE_MS = 2000;

export type Outage = {
  /** As the work ends; rejects with DATABASE_UNAVAILABLE, while the work goes on, when the database does not come back soon. */
  readonly inTime: <T>(work: Promise<T>) => Promise<T>;
  readonly close: () => void;
};

/** `reason` says why nothing may be begun just now. */
export function watchOutage(reason: () => GatewayError | undefined, logger: Logger): Outage {
  const waiting = new Set<(error: GatewayError) => void>();
  let since: number | undefined;
  const look = () => {
    const error = reason();
    if (!error) {
      if (since !== undefined) logger.info('the database is back');
      since = undefined;
      return;
    }
    if (since === undefined) logger.error({ code: error.code, ...error.details }, 'the database is out of reach: no message is taken');
    since ??= performance.now();
    if (performance.now() - since >= PATIENCE_MS) for (const giveUp of waiting) giveUp(unknown());
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return {
    async inTime(work) {
      const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
      waiting.add(giveUp);
      try {
        return await Promise.race([work, givenUp]);
      } finally {
        waiting.delete(giveUp);
      }
    },
    close: () => clearInterval(timer),
  };
}

function unknown(): GatewayError {
  return new GatewayError('DATABASE_UNAVAILABLE', {
    message:
      'The database was lost while it stored the message: whether it has is not known. Sent again under the same key it is taken once.',
  });
}
