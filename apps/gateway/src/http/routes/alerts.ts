/** What operators are told of: the alerts, and silences. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { defined, parse, text } from '../validate.ts';

const LONGEST_SILENCE_MS = 366 * 86_400_000;
const SILENCE = 'milliseconds from 1000 to a year';

const rule = text(64, 'the name of a rule, or "all"');
const silenceBody = z.object(
  {
    rule,
    forMs: z.int({ error: SILENCE }).min(1000, { error: SILENCE }).max(LONGEST_SILENCE_MS, { error: SILENCE }),
    reason: text(500, 'a reason').optional(),
  },
  { error: 'an object' },
);
const unsilenceBody = z.object({ rule }, { error: 'an object' });

export function alertRoutes(app: FastifyInstance, { alerts }: Parts): void {
  app.get('/api/alerts', async () => alerts.list());

  app.post('/api/alerts/silence', async (request) => {
    const body = parse(silenceBody, request.body);
    const { until } = await alerts.silence(body.rule, body.forMs, { ...defined({ reason: body.reason }), actor: callerOf(request).actor });
    return { rule: body.rule, until };
  });

  app.post('/api/alerts/unsilence', async (request) => {
    const body = parse(unsilenceBody, request.body);
    return { rule: body.rule, wasSilent: await alerts.unsilence(body.rule, { actor: callerOf(request).actor }) };
  });
}
