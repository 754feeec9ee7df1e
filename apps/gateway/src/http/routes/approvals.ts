/** The tool calls that wait for a person, and deciding about them. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { defined, parse, text } from '../validate.ts';

const parameters = z.object({ code: text(16, 'the code of an approval') });
const body = z
  .object(
    {
      reason: text(500, 'a reason').optional(),
      lasting: z.literal('session', { error: '"session", or nothing' }).optional(),
    },
    { error: 'an object' },
  )
  .optional();

export function approvalRoutes(app: FastifyInstance, { pipeline }: Parts): void {
  app.get('/api/approvals', async () => ({ approvals: pipeline.approvals() }));

  for (const verdict of ['approve', 'deny'] as const) {
    app.post(`/api/approvals/:code/${verdict}`, async (request) => {
      const { code } = parse(parameters, request.params);
      const { reason, lasting } = parse(body, request.body ?? undefined) ?? {};
      const { tool, sessionId, callId, outcome } = await pipeline.decideApproval(code, verdict, {
        actor: callerOf(request).actor,
        ...defined({ reason, ...(verdict === 'approve' && { lasting }) }),
      });
      return { code: code.toUpperCase(), verdict, outcome, tool, sessionId, callId };
    });
  }
}
