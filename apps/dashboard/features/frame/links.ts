/**
 * The addresses of the pages that others link to. They are written without the library that reads them, so that Overview,
 * which has nothing in its address, need not wait for it.
 */
import type { AuditQuery } from '../audit/audit-url.ts';
import { clauseFor } from '../events/clause-for.ts';
import type { EventQuery, Severity } from '../events/filter-url.ts';

/** Where a link leads: by fields, each in the query language, or by a query. */
export type EventLink = Partial<Pick<EventQuery, 'q' | 'range' | 'fromTime' | 'toTime' | 'selected' | 'tab' | 'view' | 'columns'>> & {
  readonly types?: readonly string[];
  readonly severities?: readonly Severity[];
  readonly channels?: readonly string[];
  readonly agentIds?: readonly string[];
  readonly sessionId?: string;
  readonly correlationId?: string;
};

/** The address of the events page with these filters. */
export function eventsUrl(link: EventLink): string {
  const clauses = [
    ...clause('type', link.types),
    ...clause('sev', link.severities),
    ...clause('channel', link.channels),
    ...clause('agent', link.agentIds),
    ...clause('session', link.sessionId === undefined ? [] : [link.sessionId]),
    ...clause('corr', link.correlationId === undefined ? [] : [link.correlationId]),
    ...(link.q ? [link.q] : []),
  ];
  return address('/events/', {
    q: clauses.join(' ') || undefined,
    range: link.range,
    from: link.fromTime,
    to: link.toTime,
    sel: link.selected,
    tab: link.tab,
    view: link.view,
    cols: link.columns?.map((column) => column.replaceAll(',', '%2C')).join(','),
  });
}

function clause(field: string, values: readonly string[] = []): string[] {
  return values.length === 0 ? [] : [clauseFor(field, values)];
}

/** The address of a session, with a message of it chosen and at an event of it when given. */
export function sessionUrl(sessionId: string, messageId?: string, at?: number): string {
  return address('/sessions/', { id: sessionId, turn: messageId, at });
}

/** The address of one account of a channel. */
export function channelUrl(channel: string, account: string): string {
  return address('/channels/', { channel, account: account === 'default' ? undefined : account });
}

/** The address of a part of the audit page. */
export function auditUrl({ view }: Pick<AuditQuery, 'view'>): string {
  return address('/audit/', { view });
}

function address(path: string, fields: Readonly<Record<string, string | number | null | undefined>>): string {
  const parts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [`${name}=${written(String(value))}`],
  );
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`;
}

/** Encoded, but for what a reader of an address understands better as it is. */
function written(value: string): string {
  return encodeURIComponent(value)
    .replace(/%(?:3A|2C|2F|40)/g, decodeURIComponent)
    .replaceAll('%20', '+');
}
