import type { Api } from 'grammy';

type ApiSignal = NonNullable<Parameters<Api['getMe']>[0]>;

/** An abort signal as grammY types it: by its polyfill, which the platform's own replaces at run time. */
export function apiSignal(signal: AbortSignal): ApiSignal {
  return signal as unknown as ApiSignal;
}
