import { setTimeout as delay } from 'node:timers/promises';
import type { EventDetail, EventFilter, EventRow, Page } from '@openclaw-gateway/db';
import { GatewayError, type Influence, type Severity } from '@openclaw-gateway/events';
import type { Context } from '../context.ts';
import { formatTime, paint, pairs, plain, table } from '../output.ts';
import { withStore } from '../stopped-store.ts';
import { findView, queryOf } from './views.ts';

type Filters = {
  readonly type?: string;
  readonly session?: string;
  readonly message?: string;
  readonly channel?: string;
  readonly severity?: string;
  readonly query?: string;
  readonly view?: string;
};

const TAIL_PAGE = 200;
const TAIL_POLL_MS = 500;

/** The newest events, newest last, like a log. */
export async function listEvents(
  context: Context,
  options: Filters & { readonly limit: number; readonly before?: number },
): Promise<undefined> {
  const { limit, before } = options;
  const api = await context.apiIfRunning();
  const asked = await withView(context, options);
  const page = api
    ? await api.get<Page<EventRow>>('/api/events', { ...query(asked), limit, before })
    : await withStore(context, ({ views }) => views.events(toFilter(asked), { limit, ...(before !== undefined && { before }) }));
  context.out.result(page, () => {
    const older = `openclaw events list --before ${page.next}${options.query === undefined ? '' : ` -q '${options.query.replaceAll("'", "'\\''")}'`}`;
    if (page.rows.length === 0) return page.next === undefined ? ['No events.'] : [`Nothing found yet. To go on looking: ${older}`];
    const rows = page.rows
      .toReversed()
      .map((row) => [String(row.position), formatTime(row.time), paintSeverity(row.severity), row.type, plain(row.summary)]);
    const more = page.next === undefined ? [] : [paint('dim', `Older ones: ${older}`)];
    return [...table(['POSITION', 'TIME', 'SEVERITY', 'TYPE', 'SUMMARY'], rows), ...more];
  });
}

/** One event with everything it holds. */
export async function showEvent(context: Context, _options: unknown, position: string): Promise<undefined> {
  if (!/^\d{1,15}$/.test(position)) {
    throw new GatewayError('USAGE', {
      message: `"${position}" is not a position: expected a number from the first column of \`openclaw events list\`.`,
    });
  }
  const api = await context.apiIfRunning();
  const event = api
    ? await api.get<EventDetail>(`/api/events/${position}`)
    : await withStore(context, ({ views }) => views.event(Number(position)));
  if (!event) throw new GatewayError('EVENT_NOT_FOUND', { message: `No event has the position ${position}.` });
  context.out.result(event, () => [
    `${paint('bold', event.type)}  ${plain(event.summary)}`,
    ...pairs([
      ['Position', String(event.position)],
      ['Time', new Date(event.time).toISOString()],
      ['Severity', event.severity],
      ['Stream', `${event.streamId} at version ${event.version}`],
      ['Id', event.id],
      ['Hash', event.hash],
      ['Previous', event.previousHash],
    ]),
    ...influencesOf(event),
    paint('bold', 'Metadata'),
    plain(JSON.stringify(event.metadata, null, 2)),
    paint('bold', 'Data'),
    plain(JSON.stringify(event.data, null, 2)),
    ...(event.dataTruncated ? ['(cut: the data is larger than 64 KiB)'] : []),
  ]);
}

/** The untrusted texts that stood before the model when it asked for this call. */
function influencesOf({ data, type }: EventDetail): string[] {
  const { influences = [], moreInfluences = 0 } = (data ?? {}) as { influences?: readonly Influence[]; moreInfluences?: number };
  if (type !== 'tool.requested' || influences.length === 0) return [];
  const more = moreInfluences > 0 ? [`  and ${moreInfluences} older ones`] : [];
  const lines = influences.map(({ kind, position, messageId, callId, tool }) =>
    kind === 'message'
      ? `  message ${messageId ?? ''} at ${position}`
      : `  result of ${plain(tool ?? '')} (${plain(callId ?? '')}) at ${position}`,
  );
  return [paint('bold', 'Untrusted texts before it'), ...lines, ...more, 'Each is shown by: openclaw events show <position>'];
}

/** Events as they happen, until Ctrl+C. */
export async function tailEvents(context: Context, options: Filters & { readonly after?: number }): Promise<undefined> {
  const api = await context.api();
  const asked = await withView(context, options);
  let after = options.after ?? (await api.get<Page<EventRow>>('/api/events', { limit: 1 })).head;
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  while (!stop.signal.aborted) {
    const page = await api.get<{ rows: readonly EventRow[]; scannedTo: number }>('/api/events', {
      ...query(asked),
      after,
      limit: TAIL_PAGE,
    });
    for (const row of page.rows) {
      context.out.item(
        row,
        () => `${row.position}  ${formatTime(row.time)}  ${paintSeverity(row.severity)}  ${row.type}  ${plain(row.summary)}`,
      );
    }
    const caughtUp = page.scannedTo <= after;
    after = Math.max(after, page.scannedTo);
    if (caughtUp) await delay(TAIL_POLL_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

/** The filters with the query of the saved view that they name; both must match. */
async function withView(context: Context, { view, ...filters }: Filters): Promise<Filters> {
  if (view === undefined) return filters;
  const text = queryOf(await findView(context, view));
  return { ...filters, query: filters.query === undefined ? text : `(${text}) (${filters.query})` };
}

function query({ type, session, message, channel, severity, query: q }: Filters) {
  return { type, session, message, channel, severity, q };
}

function toFilter({ type, session, message, channel, severity, query: text }: Filters): EventFilter {
  const split = (text: string) => text.split(',').map((part) => part.trim());
  return {
    ...(type && { types: split(type) }),
    ...(session && { sessionId: session }),
    ...(message && { correlationId: message }),
    ...(channel && { channels: split(channel) }),
    ...(severity && { severities: split(severity) as Severity[] }),
    ...(text !== undefined && { query: text }),
  };
}

function paintSeverity(severity: Severity): string {
  if (severity === 'error') return paint('red', severity);
  return severity === 'warn' ? paint('yellow', severity) : severity;
}
