/** Messages at set times. */
import type { FastifyInstance } from 'fastify';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';

export function scheduleRoutes(app: FastifyInstance, { schedules }: Parts): void {
  app.get('/api/schedules', async () => ({ schedules: await schedules.list() }));

  app.post<{ Params: { name: string } }>('/api/schedules/:name/run', async (request) =>
    schedules.run(request.params.name, callerOf(request).actor),
  );
}
