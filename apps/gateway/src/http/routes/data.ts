/** People's data: erasing it, holding it, and putting away what is old. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { parse, text } from '../validate.ts';

const dryRun = z.boolean({ error: 'true or false' }).default(false);
const reason = text(500, 'a reason');
const eraseBody = z.object({ subject: text(600, 'channel:id or sub_…'), reason, dryRun }, { error: 'an object' });
const target = z.object(
  { kind: z.enum(['session', 'subject'], { error: '"session" or "subject"' }), id: text(600, 'an id') },
  { error: 'an object' },
);
const holdBody = z.object({ target, reason }, { error: 'an object' });
const retainBody = z.object({ dryRun }, { error: 'an object' }).nullish();

export function dataRoutes(app: FastifyInstance, { data }: Parts): void {
  app.post('/api/data/erase', async (request) => {
    const { subject, ...options } = parse(eraseBody, request.body);
    return data.erase(subject, { ...options, actor: callerOf(request).actor });
  });

  app.get('/api/data/holds', async () => ({ holds: await data.holds() }));

  app.post('/api/data/holds', async (request) => {
    const body = parse(holdBody, request.body);
    const held = data.target(body.target);
    await data.hold(held, body.reason, callerOf(request).actor);
    return { target: held };
  });

  app.post('/api/data/holds/release', async (request) => {
    const body = parse(holdBody, request.body);
    const held = data.target(body.target);
    return { target: held, released: await data.release(held, body.reason, callerOf(request).actor) };
  });

  app.post('/api/data/retain', async (request) => {
    const { dryRun: dry = false } = parse(retainBody, request.body) ?? {};
    return data.retain({ dryRun: dry, actor: callerOf(request).actor });
  });
}
