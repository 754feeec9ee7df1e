/** Saved views of the events. */
import { VIEW_RANGES } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { parse, text } from '../validate.ts';

const NAME = 'a name of 1 to 40 small letters, digits and hyphens';
const name = z.string({ error: NAME }).regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: NAME });
const flag = z.boolean({ error: 'true or false' }).default(false);
const body = z.strictObject(
  {
    name,
    label: text(80, 'a label').optional(),
    query: z.string({ error: 'a query of at most 2000 characters' }).max(2000, { error: 'a query of at most 2000 characters' }),
    range: z.enum(VIEW_RANGES, { error: VIEW_RANGES.join(', ') }).default('24h'),
    columns: z.array(text(40, 'a column')).max(20, { error: 'at most 20 columns' }).optional(),
    pinned: flag,
    shared: flag,
  },
  { error: 'an object with name and query' },
);
const parameters = z.object({ name });

export function savedViewRoutes(app: FastifyInstance, { savedViews }: Parts): void {
  app.get('/api/views', async (request) => ({ views: savedViews.list(callerOf(request).actor) }));

  app.post('/api/views', async (request) => {
    const { label, columns, ...view } = parse(body, request.body);
    const draft = { ...view, label: label ?? view.name, ...(columns && { columns }) };
    return await savedViews.save(draft, callerOf(request).actor);
  });

  app.post('/api/views/:name/remove', async (request) => {
    const { name: removed } = parse(parameters, request.params);
    await savedViews.remove(removed, callerOf(request).actor);
    return { removed };
  });
}
