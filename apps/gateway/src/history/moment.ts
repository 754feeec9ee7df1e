import { GatewayError } from '@openclaw-gateway/events';
import { parseDuration } from '../config/units.ts';
import type { LogOfThePast } from './reader.ts';

/** A point of the log: everything up to and including `position` has happened. `time` is that of its event. */
export type Moment = { readonly position: number; readonly time: number };

const EXPECTED = 'Expected a position such as 1234, a time such as 2026-11-22T09:30:00Z, or how long ago, such as -15m.';

/**
 * The moment that a person means: a position, a time (the last event that was not later), or how long ago. Throws
 * POSITION_NOT_FOUND outside the log, BAD_REQUEST when it is none of these.
 * @example await momentOf(log, '2026-11-22T09:30:00Z') // { position: 1234, time: 1795339799211 }
 */
export async function momentOf(log: LogOfThePast, at: string, nowMs: number = Date.now()): Promise<Moment> {
  const position = /^\d{1,12}$/.test(at) ? Number(at) : await lastNotAfter(log, timeOf(at, nowMs));
  const event = position === 0 ? undefined : await log.readAt(position);
  if (!event) throw outside(at, log.head());
  return { position, time: event.time };
}

/** The newest moment of the log. */
export async function newestMoment(log: LogOfThePast): Promise<Moment> {
  return momentOf(log, String(log.head()));
}

function timeOf(at: string, nowMs: number): number {
  const agoMs = at.startsWith('-') ? parseDuration(at.slice(1)) : undefined;
  if (agoMs !== undefined) return nowMs - agoMs;
  const time = /^\d{4}-\d\d/.test(at) ? Date.parse(at) : Number.NaN;
  if (Number.isNaN(time)) throw new GatewayError('BAD_REQUEST', { message: `"${at}" names no moment. ${EXPECTED}` });
  return time;
}

/** Times never fall from one position to the next, so halving finds it. */
async function lastNotAfter(log: LogOfThePast, time: number): Promise<number> {
  let low = 0;
  let high = log.head();
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const event = await log.readAt(middle);
    if (event && event.time <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

function outside(at: string, head: number): GatewayError {
  const range = head === 0 ? 'The log is empty.' : `The log has the positions 1 to ${head}.`;
  return new GatewayError('POSITION_NOT_FOUND', { message: `The log has nothing at ${at}. ${range}`, details: { at, head } });
}
