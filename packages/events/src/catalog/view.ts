import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { name } from './shared.ts';

export const VIEW_RANGES = ['15m', '1h', '6h', '24h', '7d', '30d', '90d', 'all'] as const;

const viewName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);
const view = {
  name: viewName,
  label: z.string().min(1).max(80),
  query: z.string().max(2000),
  range: z.enum(VIEW_RANGES),
  /** The columns of the table as the dashboard writes them; the usual ones when absent. */
  columns: z.array(z.string().max(40)).max(20).optional(),
  pinned: z.boolean(),
  /** Whether others see it, too. */
  shared: z.boolean(),
};

export const ViewSaved = defineEvent('view.saved', {
  version: 1,
  description: 'Somebody saved a view of the events: a query with a name, for oneself or for everybody. One of the same name is replaced.',
  schema: z.object({ ...view, owner: name }),
  summary: (d) => `View ${d.name} saved${d.shared ? ' for everybody' : ''}`,
  retention: 'audit',
});

export const ViewRemoved = defineEvent('view.removed', {
  version: 1,
  description: 'A saved view of the events was removed.',
  schema: z.object({ name: viewName, owner: name }),
  summary: (d) => `View ${d.name} removed`,
  retention: 'audit',
});

export type SavedView = ReturnType<typeof ViewSaved.create>['data'] & { readonly savedAt: number };
export type ViewsState = { readonly views: Map<string, SavedView> };

export const SavedViews = defineAggregate<ViewsState>({
  name: 'view',
  events: [ViewSaved, ViewRemoved],
  initial: () => ({ views: new Map() }),
  evolve: (state, event) => {
    if (ViewSaved.is(event)) state.views.set(event.data.name, { ...event.data, savedAt: event.time });
    else if (ViewRemoved.is(event)) state.views.delete(event.data.name);
    return state;
  },
});
