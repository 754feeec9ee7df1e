import type { Store } from '@openclaw-gateway/db';
import { ScheduleFailed, ScheduleFired, ScheduleSet, ScheduleSkipped, type StoredEvent } from '@openclaw-gateway/events';

/** What became of the newest time of a schedule. */
export type Last = {
  readonly outcome: 'fired' | 'skipped' | 'failed';
  readonly plannedAt: number;
  readonly at: number;
  readonly messageId?: string;
  /** Why it failed. */
  readonly error?: { readonly code: string; readonly message: string };
};

/** What the log says of a schedule. */
export type Newest = { readonly cron: string; readonly timeZone: string; readonly enabled: boolean; readonly doneUntil: number };

export type NewestReads = {
  readonly log: Pick<Store['log'], 'head' | 'readAt'>;
  readonly views: Pick<Store['views'], 'events'>;
  readonly waitForViews: Store['waitForViews'];
};

const VIEWS_TIMEOUT_MS = 30_000;
const TIMES = [ScheduleFired.type, ScheduleSkipped.type, ScheduleFailed.type];

export async function newestOf(store: NewestReads, name: string): Promise<Newest | undefined> {
  const event = await newest(store, name, [ScheduleSet.type, ...TIMES]);
  if (!event) return undefined;
  if (ScheduleSet.is(event)) return { ...event.data, doneUntil: event.data.from };
  if (!isTime(event)) return undefined;
  const { cron, timeZone, plannedAt } = event.data;
  return { cron, timeZone, enabled: true, doneUntil: plannedAt };
}

export async function lastOf(store: NewestReads, name: string): Promise<Last | undefined> {
  const event = await newest(store, name, TIMES);
  if (!event || !isTime(event)) return undefined;
  const { plannedAt } = event.data;
  const last = { plannedAt, at: event.time };
  if (ScheduleFired.is(event)) return { outcome: 'fired', ...last, messageId: event.data.messageId };
  if (ScheduleFailed.is(event)) return { outcome: 'failed', ...last, error: event.data.problem };
  return { outcome: 'skipped', ...last };
}

const isTime = (event: StoredEvent) => ScheduleFired.is(event) || ScheduleSkipped.is(event) || ScheduleFailed.is(event);

async function newest({ log, views, waitForViews }: NewestReads, name: string, types: readonly string[]): Promise<StoredEvent | undefined> {
  await waitForViews(log.head(), VIEWS_TIMEOUT_MS);
  const filter = { types, query: `stream:="schedule/${name}"` };
  let page = await views.events(filter, { limit: 1 });
  // The time for a search in a busy gateway may be over before the event is found.
  while (page.rows.length === 0 && page.partial && page.next !== undefined)
    page = await views.events(filter, { limit: 1, before: page.next });
  const [row] = page.rows;
  return row && (await log.readAt(row.position));
}
