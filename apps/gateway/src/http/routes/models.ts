/** What models are asked through, and what may be used of them. */
import type { FastifyInstance } from 'fastify';
import type { Parts } from '../../parts.ts';

export function modelRoutes(app: FastifyInstance, { models, budgets }: Parts): void {
  app.get('/api/budgets', async () => budgets.list());
  app.get('/api/models', async () => ({ endpoints: models.endpoints() }));
}
