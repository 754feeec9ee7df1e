/** The audit trail as people read it: who did what, when, where, how it ended and why. */
import type { Cancellable, EventDetail, EventFilter, FacetValue, Page, ViewQueries } from '@openclaw-gateway/db';
import { type AuditClass, auditClassesOf } from './audit-classes.ts';
import { clientAddress, dataOf, FAILED_TYPES, factsOf, record, text } from './formats/facts.ts';

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
  page: { readonly before?: number; readonly limit: number } & Cancellable,
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

export type AuditFacets = {
  /** How many events were looked at: the newest that fit. */
  readonly sample: number;
  readonly more: boolean;
  readonly actors: readonly FacetValue[];
  readonly targets: readonly FacetValue[];
  readonly failures: number;
};

const SAMPLE = 500;
const SAMPLE_PAGE = 200;
const MOST_VALUES = 12;

/** Who did things and what they were done to, counted over the newest events that fit. */
export async function auditFacets(
  views: Pick<ViewQueries, 'events' | 'event'>,
  filter: EventFilter,
  signal?: AbortSignal,
): Promise<AuditFacets> {
  const rows: AuditRow[] = [];
  let before: number | undefined;
  do {
    const page = await auditRows(views, filter, { limit: SAMPLE_PAGE, ...(before !== undefined && { before }), ...(signal && { signal }) });
    rows.push(...page.rows);
    before = page.next;
  } while (before !== undefined && rows.length < SAMPLE);
  const targets = rows.flatMap(({ target }) => (target === undefined ? [] : [target]));
  return {
    sample: rows.length,
    more: before !== undefined,
    actors: counted(rows.map(({ who }) => who)),
    targets: counted(targets),
    failures: rows.filter(({ outcome }) => outcome === 'failure').length,
  };
}

function counted(values: readonly string[]): FacetValue[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const facets = [...counts].map(([value, count]) => ({ value, count }));
  return facets.toSorted((a, b) => b.count - a.count).slice(0, MOST_VALUES);
}

/** What a person narrows the trail by, as clauses of the query language. */
export function trailQuery({ query, actor, target, failed }: TrailNarrowing): string {
  const [kind, id] = target === undefined ? [] : [target.split(' ', 1)[0], target.split(' ').slice(1).join(' ')];
  const clauses = [
    query === undefined || query.trim() === '' ? undefined : `(${query})`,
    actor === undefined ? undefined : `actor:=${quoted(actor)}`,
    kind === undefined || kind === '' ? undefined : `data.target.kind:=${quoted(kind)}`,
    id === undefined || id === '' ? undefined : `data.target.id:=${quoted(id)}`,
    failed ? FAILED_QUERY : undefined,
  ].filter((clause) => clause !== undefined);
  return clauses.join(' AND ');
}

export type TrailNarrowing = {
  readonly query?: string | undefined;
  /** An id, or a kind of actor. */
  readonly actor?: string | undefined;
  /** As a row shows it: a kind, or a kind and an id. */
  readonly target?: string | undefined;
  readonly failed?: boolean | undefined;
};

const FAILED_QUERY = `(${FAILED_TYPES.map((ending) => `type:*.${ending}`).join(' OR ')} OR data.ok:=false OR data.outcome:=failure)`;

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
