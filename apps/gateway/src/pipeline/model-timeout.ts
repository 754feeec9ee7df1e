import { GatewayError } from '@openclaw-gateway/events';
import type { Asked } from '../asked.ts';

/** The same provider, with at most so many milliseconds for one answer. Then it throws MODEL_TIMEOUT, after which the run may try again. */
export function withTimeout(provider: Asked, timeoutMs: number | undefined): Asked {
  if (timeoutMs === undefined) return provider;
  return {
    ...provider,
    async *stream(request, signal, options) {
      const late = AbortSignal.timeout(timeoutMs);
      try {
        yield* provider.stream(request, AbortSignal.any([signal, late]), options);
      } catch (thrown) {
        if (!late.aborted || signal.aborted) throw thrown;
        const message = `The answer of the model took longer than ${timeoutMs / 1000} s.`;
        throw new GatewayError('MODEL_TIMEOUT', { message, cause: thrown });
      }
    },
  };
}
