import { GatewayError } from '@openclaw-gateway/events';

/**
 * What an adapter does, for as long as the signal lets it: one that throws before it returns, or never returns, is like one that
 * failed. Rejects with `late` once the signal aborts.
 */
export async function untilAborted<T>(signal: AbortSignal, late: () => GatewayError, act: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(late());
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  const work = (async () => await act())();
  // One that comes too late is nobody's business.
  work.catch(() => {});
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

export const tooLate = (what: string) => (): GatewayError =>
  new GatewayError('CHANNEL_UNAVAILABLE', { message: `${what} did not end in time.`, details: { mayHaveArrived: true } });
