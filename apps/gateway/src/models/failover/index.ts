/**
 * A model behind several endpoints, and the models that stand in for it. It asks one endpoint; when that fails, or its answer is late
 * to begin, it goes on to the next, and says so in its answer before it does. Nothing here knows of events.
 */

import { GatewayError } from '@openclaw-gateway/events';
import type { ModelRequest, ModelStreamOptions } from '@openclaw-gateway/sdk';
import { AllFailed, type AskChunk, type Asked, type Switch } from '../../asked.ts';
import { Call, type Candidate } from './call.ts';
import { Choice, type Group, placeOf } from './choice.ts';

export type { Candidate } from './call.ts';
export type { Group } from './choice.ts';
export { Endpoint } from './endpoint.ts';

type Question = { readonly request: ModelRequest; readonly signal: AbortSignal; readonly options: ModelStreamOptions | undefined };

/** The first group is the model itself, the others stand in for it, in their order. */
export function failover(groups: readonly Group[], now: () => number): Asked {
  return { stream: (request, signal, options) => ask(new Choice(groups, now), { request, signal, options }) };
}

async function* ask(choice: Choice, question: Question): AsyncGenerator<AskChunk> {
  const { signal } = question;
  const live: Call[] = [];
  const errors: GatewayError[] = [];
  const begin = (candidate: Candidate) => void live.push(new Call(candidate, { ...question, leastShare: choice.leastShare() }));
  try {
    const first = choice.next();
    if (!first) throw choice.allPaused();
    const skipped = choice.skipped(first);
    if (skipped) yield { type: 'switch', left: { ...skipped, durationMs: 0 }, to: { ...placeOf(first), because: 'unavailable' } };
    begin(first);
    for (;;) {
      const heard = await firstToBegin(live, choice.hedgeAfter());
      if (heard === 'late') {
        const other = choice.equal();
        if (other) yield { type: 'switch', to: { ...placeOf(other), because: 'late' } };
        if (other) begin(other);
        continue;
      }
      const { call, begun } = heard;
      let error = 'error' in begun ? begun.error : undefined;
      if ('first' in begun) {
        for (const other of live.filter((one) => one !== call)) yield overtaken(other);
        live.splice(0, live.length, call);
        const { name } = call.candidate.endpoint;
        if (name !== undefined) yield { type: 'from', endpoint: name };
        try {
          yield* call.rest(begun.first);
          return;
        } catch (thrown) {
          error = call.fail(thrown, signal);
        }
      }
      live.splice(live.indexOf(call), 1);
      if (!error || signal.aborted) throw error ?? new GatewayError('RUN_ABORTED');
      errors.push(error);
      if (live.length > 0) {
        yield { type: 'switch', left: leftBy(call, error) };
        continue;
      }
      const next = choice.afterFailure(error);
      if (!next && errors.length === 1 && call.candidate.endpoint.name === undefined) throw error;
      yield { type: 'switch', left: leftBy(call, error), ...(next && { to: { ...placeOf(next), because: 'failed' as const } }) };
      if (!next) throw together(errors);
      begin(next);
    }
  } finally {
    for (const call of live) call.leave();
  }
}

/** The first call that says something or fails; `late` when none has after `hedgeAfter` and only one is under way. */
async function firstToBegin(live: readonly Call[], hedgeAfter: number | undefined) {
  const calls = live.map(async (call) => ({ call, begun: await call.began }));
  if (hedgeAfter === undefined || live.length > 1) return Promise.race(calls);
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), hedgeAfter);
  return Promise.race([...calls, late]).finally(() => clearTimeout(timer));
}

function overtaken(call: Call): Switch {
  const { durationMs } = call;
  call.leave();
  return { type: 'switch', left: leftBy(call, new GatewayError('MODEL_OVERTAKEN'), durationMs) };
}

function leftBy(call: Call, error: GatewayError, durationMs = call.durationMs): NonNullable<Switch['left']> {
  return { ...placeOf(call.candidate), error, durationMs };
}

/** What is thrown when everything failed: worth another try as soon as one of the places is. */
function together(errors: readonly GatewayError[]): GatewayError {
  const last = errors.at(-1) ?? new GatewayError('MODEL_UNAVAILABLE');
  const again = errors.filter((error) => error.retryable);
  if (errors.length === 1 || again.length === 0)
    return new AllFailed(last.code, { message: last.message, ...(last.details && { details: last.details }) });
  const waits = again.map((error) => error.details?.['retryAfterMs']).filter((wait) => typeof wait === 'number');
  const isLimited = again.every((error) => error.code === 'MODEL_RATE_LIMITED');
  return new AllFailed(isLimited ? 'MODEL_RATE_LIMITED' : 'MODEL_UNAVAILABLE', {
    message: `None of ${errors.length} endpoints answered: ${errors.map((error) => error.code).join(', ')}.`,
    ...(waits.length === again.length && { details: { retryAfterMs: Math.min(...waits) } }),
  });
}
