/** `openclaw views …`: saved views of the events, through the running gateway; those that everybody has also without one. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ListedView } from '../../saved-views/index.ts';
import { SYSTEM_VIEWS } from '../../saved-views/system.ts';
import type { Context } from '../context.ts';
import { plain, table } from '../output.ts';

type SaveOptions = {
  readonly query: string;
  readonly label?: string;
  readonly range: ListedView['range'];
  readonly shared?: boolean;
  readonly pin?: boolean;
};

export async function listViews(context: Context): Promise<undefined> {
  const views = await readViews(context);
  context.out.result({ views }, () =>
    table(
      ['NAME', 'LABEL', 'RANGE', 'WHOSE', 'QUERY'],
      views.map((view) => [view.name, plain(view.label), view.range, whose(view), plain(view.query)]),
    ),
  );
}

export async function saveView(context: Context, options: SaveOptions, name: string): Promise<undefined> {
  const { query, label, range, shared = false, pin: pinned = false } = options;
  const draft = { name, query, range, shared, pinned, ...(label !== undefined && { label }) };
  const saved = await (await context.api()).send<ListedView>('POST', '/api/views', draft);
  context.out.result(saved, () => [`Saved. Look through it with: openclaw events list --view ${saved.name}`]);
}

export async function removeView(context: Context, _options: unknown, name: string): Promise<undefined> {
  const removed = await (await context.api()).send<{ removed: string }>('POST', `/api/views/${encodeURIComponent(name)}/remove`, {});
  context.out.result(removed, () => [`The view ${removed.removed} is gone.`]);
}

/** Throws VIEW_UNKNOWN. */
export async function findView(context: Context, name: string): Promise<ListedView> {
  const found = (await readViews(context)).find((view) => view.name === name);
  if (!found) throw new GatewayError('VIEW_UNKNOWN', { message: `There is no saved view ${JSON.stringify(name)}.` });
  return found;
}

/** What the view finds, its range of time included, in the query language. */
export function queryOf({ query, range }: Pick<ListedView, 'query' | 'range'>): string {
  if (range === 'all') return query;
  const time = `time:-${range}`;
  return query.trim() === '' ? time : `(${query}) ${time}`;
}

async function readViews(context: Context): Promise<readonly ListedView[]> {
  const api = await context.apiIfRunning();
  if (!api) return SYSTEM_VIEWS.map((view) => ({ ...view, system: true, mine: false }));
  return (await api.get<{ views: readonly ListedView[] }>('/api/views')).views;
}

function whose({ system, mine, shared }: ListedView): string {
  if (system) return 'everybody';
  return mine ? `mine${shared ? ', shared' : ''}` : 'shared';
}
