/** Calls of the API that change something: the same routes that the command line uses. */
import type { ErrorBody } from '@openclaw-gateway/events';
import { leaveForSignIn } from './sign-in-redirect.ts';

/** A call that the gateway refused, or that it did not answer: then there is no body. */
export class CallError extends Error {
  readonly body: ErrorBody | undefined;

  constructor(body: ErrorBody | undefined) {
    super(body?.message ?? 'no answer');
    this.name = 'CallError';
    this.body = body;
  }
}

/** Posts something and resolves with the answer. Throws CallError. */
export async function act<T>(path: string, body: object = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new CallError(undefined);
  }
  const parsed = (await answer.json().catch(() => undefined)) as (T & { error?: ErrorBody }) | undefined;
  if (answer.ok && parsed !== undefined) return parsed;
  if (answer.status === 401) leaveForSignIn();
  throw new CallError(parsed?.error);
}
