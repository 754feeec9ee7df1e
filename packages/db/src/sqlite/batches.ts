/** How requests that wait are taken together. */
import type { WireRequest } from './protocol.ts';

const MAX_BYTES = 4 * 1024 * 1024;

/** What was taken in must be able to finish, so only new messages are refused. */
export function bringsMessage(request: WireRequest): boolean {
  return request.events.some(([, type]) => type === 'message.received');
}

/** The requests in the transactions they are stored in. */
export function* batches(requests: readonly WireRequest[], maxEvents: number): Generator<WireRequest[]> {
  let batch: WireRequest[] = [];
  let events = 0;
  let bytes = 0;
  for (const request of requests) {
    const requestBytes = request.events.reduce(
      (sum, [, , , , data, metadata, sealed = '']) => sum + data.length + metadata.length + sealed.length,
      0,
    );
    if (batch.length > 0 && (events + request.events.length > maxEvents || bytes + requestBytes > MAX_BYTES)) {
      yield batch;
      batch = [];
      events = 0;
      bytes = 0;
    }
    batch.push(request);
    events += request.events.length;
    bytes += requestBytes;
  }
  if (batch.length > 0) yield batch;
}
