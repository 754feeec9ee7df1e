import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import type { AppendRequest } from '../log.ts';
import type { Redactor } from '../redact/redactor.ts';
import { metadataOf } from '../request.ts';
import { splitPersonal } from '../sealing/split.ts';
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
    const metadata = metadataOf(item);
    const metadataJson = JSON.stringify(metadata);
    const written = write(event.type, event.data, metadata.subject);
    const data = written.json.reduce((value, json) => redactor.redact(value, json), event.data);
    const [json = '', sealed] = data === event.data ? written.json : write(event.type, data, metadata.subject).json;
    bytes += json.length + metadataJson.length + (sealed?.length ?? 0);
    const wire = [streamId, event.type, event.schemaVersion, event.id, json, metadataJson] as const;
    events.push(sealed === undefined ? wire : [...wire, sealed, metadata.subject]);
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

/** The data as JSON: whole, or where it belongs to somebody in its open and its personal part. */
function write(type: string, data: unknown, subject: string | undefined): { readonly json: readonly string[] } {
  const split = subject === undefined ? undefined : splitPersonal(type, data);
  return { json: split ? [JSON.stringify(split.open), JSON.stringify(split.sealed)] : [JSON.stringify(data)] };
}

/** Whose personal data the requests hold. */
export function subjectsOf(requests: readonly WireRequest[]): Set<string> {
  const subjects = new Set<string>();
  for (const { events } of requests) {
    for (const [, , , , , , , subject] of events) if (subject !== undefined) subjects.add(subject);
  }
  return subjects;
}
