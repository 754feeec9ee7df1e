import type { AppendRequest, ExpectedVersion, StreamEvent } from './log.ts';

export const MAX_EVENTS_PER_REQUEST = 1000;
export const MAX_PAGE = 1000;

/** Throws `RangeError` when a request has no events or more than 1,000: a mistake in the program, not of a caller. */
export function checkRequest(request: AppendRequest): void {
  const { length } = request.events;
  if (length === 0 || length > MAX_EVENTS_PER_REQUEST) throw new RangeError(`an append takes 1 to 1,000 events, not ${length}`);
}

/** The page size that is really read. */
export function pageLimit(limit: number): number {
  return Math.max(1, Math.min(MAX_PAGE, limit));
}

export function metadataOf(event: StreamEvent): NonNullable<StreamEvent['metadata']> {
  return event.metadata ?? {};
}

/** Whether a stream at version `actual` is what the append expects. */
export function meets(actual: number, expected: ExpectedVersion): boolean {
  if (expected === 'any') return true;
  if (expected === 'exists') return actual > 0;
  return actual === (expected === 'none' ? 0 : expected);
}
