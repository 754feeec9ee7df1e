import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import type { AppendRequest } from '../log.ts';
import type { Redactor } from '../redact.ts';
import { metadataOf } from '../request.ts';
import type { WireEvent, WireRequest } from './protocol.ts';

/** An event that has all but its place in the log. */
export type Unplaced = Omit<StoredEvent, 'position' | 'version' | 'time'>;

export type Serialised = { readonly wire: WireRequest; readonly unplaced: readonly Unplaced[]; readonly bytes: number };

/** A request as the writer takes it, without the secrets it may hold, and the events as they will be read. */
export function serialise(id: number, request: AppendRequest, redactor: Redactor): Serialised {
  const events: WireEvent[] = [];
  const unplaced: Unplaced[] = [];
  let bytes = 0;
  for (const item of request.events) {
    const { streamId, event } = item;
    const written = JSON.stringify(event.data);
    const data = redactor.redact(event.data, written);
    const json = data === event.data ? written : JSON.stringify(data);
    const metadata = metadataOf(item);
    const metadataJson = JSON.stringify(metadata);
    bytes += json.length + metadataJson.length;
    events.push([streamId, event.type, event.schemaVersion, event.id, json, metadataJson]);
    unplaced.push({ id: event.id, type: event.type, schemaVersion: event.schemaVersion, data, streamId, metadata });
  }
  const wire: WireRequest = {
    id,
    events,
    ...(request.expected && { expected: Object.entries(request.expected) }),
    ...(request.idempotency && { idempotency: [request.idempotency.key, request.idempotency.requestHash] as const }),
  };
  return { wire, unplaced, bytes };
}
