/** The audit trail as people read it: who did what, when, where, how it ended and why. */
import type { EventDetail, EventFilter, Page, ViewQueries } from '@openclaw-gateway/db';
import { type AuditClass, auditClassesOf } from './audit-classes.ts';
import { clientAddress, dataOf, factsOf, record, text } from './formats/facts.ts';

export type AuditRow = {
  readonly position: number;
  readonly time: number;
  readonly class: AuditClass;
  readonly type: string;
  /** Who: `user/usr_…`; the gateway itself where nobody else did it. */
  readonly who: string;
  readonly what: string;
  /** Where: a channel, a door, or the gateway. */
  readonly where: string;
  /** The address it came from, where it is known. */
  readonly source?: string;
  /** What it was done to: `session ses_…`. */
  readonly target?: string;
  readonly outcome: 'success' | 'failure';
  readonly reason?: string;
  readonly sessionId?: string;
};

/** A page of the trail, newest first. The filter names the types that belong to it. */
export async function auditRows(
  views: Pick<ViewQueries, 'events' | 'event'>,
  filter: EventFilter,
  page: { readonly before?: number; readonly limit: number },
): Promise<Page<AuditRow>> {
  const { rows, ...rest } = await views.events(filter, page);
  const details = await Promise.all(rows.map(({ position }) => views.event(position)));
  return { ...rest, rows: details.flatMap((event) => (event ? [toRow(event)] : [])) };
}

function toRow(event: EventDetail): AuditRow {
  const { outcome, reason } = factsOf(event);
  const { actor } = event.metadata;
  const data = dataOf(event);
  const where = event.channel ?? [data['channel'], data['door'], data['source']].find((place) => typeof place === 'string') ?? 'gateway';
  const source = clientAddress(data);
  const target = [text(record(data['target'])['kind']), text(record(data['target'])['id'])].filter((part) => part !== undefined).join(' ');
  return {
    position: event.position,
    time: event.time,
    class: auditClassesOf(event.type)[0] ?? 'gateway',
    type: event.type,
    who: actor ? `${actor.type}/${actor.id}` : 'system/gateway',
    what: event.summary,
    where: String(where),
    ...(source !== undefined && { source }),
    ...(target !== '' && { target }),
    outcome,
    ...(reason !== undefined && { reason }),
    ...(event.sessionId !== undefined && { sessionId: event.sessionId }),
  };
}
