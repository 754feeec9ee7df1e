/** Events of the log as the dashboard and the command line show them. */
import { eventDefinition, summarize } from '@openclaw-gateway/events/catalog/index';
import { CHAIN_START } from '../chain.ts';
import { type EventRecord, type LogReader, toStoredEvent } from '../sqlite/reads.ts';
import type { ConfigVersion, EventDetail, EventRow } from './queries.ts';

const MAX_DATA_BYTES = 64 * 1024;
const MAX_TEXT = 4096;
const MAX_ITEMS = 20;

export function toEventRow(record: EventRecord): EventRow {
  return rowOf(toStoredEvent(record));
}

export function toEventDetail(record: EventRecord, log: LogReader): EventDetail {
  const event = toStoredEvent(record);
  const { streamId, version } = event;
  const dataTruncated = (record.data?.length ?? 0) > MAX_DATA_BYTES;
  const neighbour = (step: number): number | undefined =>
    streamId.startsWith('session/') ? log.positionOf(streamId, version + step) : undefined;
  const previousInSession = neighbour(-1);
  const nextInSession = neighbour(1);
  return {
    ...rowOf(event),
    id: event.id,
    streamId,
    version,
    schemaVersion: event.schemaVersion,
    data: dataTruncated ? cut(event.data) : event.data,
    dataTruncated,
    metadata: event.metadata,
    hash: record.hash.toString('hex'),
    previousHash: (log.recordAt(event.position - 1)?.hash ?? CHAIN_START).toString('hex'),
    ...(previousInSession !== undefined && { previousInSession }),
    ...(nextInSession !== undefined && { nextInSession }),
  };
}

export function toConfigVersion(record: EventRecord): ConfigVersion {
  const event = toStoredEvent(record);
  const data = event.data as { readonly hash?: string; readonly source?: string };
  const { actor } = event.metadata;
  return {
    position: event.position,
    time: event.time,
    type: event.type as ConfigVersion['type'],
    source: data.source ?? '',
    summary: summarize(event.type, event.data),
    data: event.data,
    ...(data.hash !== undefined && { hash: data.hash }),
    ...(actor && { actor: actor.id }),
  };
}

function rowOf(event: ReturnType<typeof toStoredEvent>): EventRow {
  const { channel, agentId, sessionId, correlationId, actor } = event.metadata;
  return {
    position: event.position,
    time: event.time,
    type: event.type,
    severity: eventDefinition(event.type)?.severity ?? 'info',
    summary: summarize(event.type, event.data),
    ...(channel !== undefined && { channel }),
    ...(agentId !== undefined && { agentId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(correlationId !== undefined && { correlationId }),
    ...(actor && { actor: actor.id }),
  };
}

/** The same shape with long texts and lists cut; a piece of its JSON when that is still too much. */
function cut(data: unknown): unknown {
  const shorter = JSON.stringify(data, (_key, value: unknown) => {
    if (typeof value === 'string' && value.length > MAX_TEXT) return `${value.slice(0, MAX_TEXT)}…`;
    if (Array.isArray(value) && value.length > MAX_ITEMS) return value.slice(0, MAX_ITEMS);
    return value;
  });
  return shorter.length <= MAX_DATA_BYTES ? JSON.parse(shorter) : `${shorter.slice(0, MAX_TEXT)}…`;
}
