/** Events of the log as the dashboard and the command line show them. */
import { eventDefinition, summaryOf } from '@openclaw-gateway/events/catalog/index';
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { CHAIN_START } from '../chain.ts';
import { FIELDS } from '../query/fields.ts';
import type { LogReader } from '../sqlite/reads.ts';
import type { ConfigVersion, EventDetail, EventRow } from './queries.ts';

const MAX_DATA_BYTES = 64 * 1024;
const MAX_TEXT = 4096;
const MAX_ITEMS = 20;

export function toEventDetail(event: StoredEvent, log: LogReader): EventDetail {
  const { position, streamId, version } = event;
  const dataTruncated = JSON.stringify(event.data).length > MAX_DATA_BYTES;
  const neighbour = (step: number): number | undefined =>
    streamId.startsWith('session/') ? log.positionOf(streamId, version + step) : undefined;
  const previousInSession = neighbour(-1);
  const nextInSession = neighbour(1);
  return {
    ...toEventRow(event),
    id: event.id,
    streamId,
    version,
    schemaVersion: event.schemaVersion,
    data: dataTruncated ? cut(event.data) : event.data,
    dataTruncated,
    metadata: event.metadata,
    hash: (log.hashAt(position) ?? CHAIN_START).toString('hex'),
    previousHash: (log.hashAt(position - 1) ?? CHAIN_START).toString('hex'),
    ...(previousInSession !== undefined && { previousInSession }),
    ...(nextInSession !== undefined && { nextInSession }),
  };
}

export function toConfigVersion(event: StoredEvent): ConfigVersion {
  const data = event.data as { readonly hash?: string; readonly source?: string };
  const { actor } = event.metadata;
  return {
    position: event.position,
    time: event.time,
    type: event.type as ConfigVersion['type'],
    source: data.source ?? '',
    summary: summaryOf(event),
    data: event.data,
    ...(data.hash !== undefined && { hash: data.hash }),
    ...(actor && { actor: actor.id }),
  };
}

export function toEventRow(event: StoredEvent): EventRow {
  const { channel, agentId, sessionId, correlationId, actor } = event.metadata;
  const [durationMs] = FIELDS.dur.read(event);
  return {
    position: event.position,
    time: event.time,
    type: event.type,
    severity: eventDefinition(event.type)?.severity ?? 'info',
    summary: summaryOf(event),
    ...(channel !== undefined && { channel }),
    ...(agentId !== undefined && { agentId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(correlationId !== undefined && { correlationId }),
    ...(actor && { actor: actor.id }),
    ...(durationMs !== undefined && { durationMs }),
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
