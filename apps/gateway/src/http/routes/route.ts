/** How a message would be routed, without one. */

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { requireChannel } from '../../channels/unknown-channel.ts';
import type { Parts } from '../../parts.ts';
import { questionOf } from '../../pipeline/explain.ts';
import { defined, parse, text } from '../validate.ts';

const CHANNEL = /^[a-z][a-z0-9-]{0,31}$/;

const question = z.strictObject(
  {
    channel: z.string({ error: 'the name of a channel' }).regex(CHANNEL, { error: 'the name of a channel' }),
    account: text(128).default('default'),
    from: text(512, 'the id of the sender'),
    group: text(512, 'the id of a group or channel').optional(),
    thread: text(512, 'the id of a thread').optional(),
    roles: z.array(text(512), { error: 'a list of roles' }).max(250).optional(),
    text: z.string({ error: 'a text' }).max(100_000, { error: 'at most 100000 characters' }).default(''),
    at: z.int({ error: 'milliseconds since 1970' }).optional(),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? 'no such key' : 'an object') },
);

export function routeRoutes(app: FastifyInstance, parts: Parts): void {
  app.post('/api/route/explain', async (request) => {
    const asked = parse(question, request.body);
    requireChannel(asked.channel, parts.config.current().config);
    return await parts.pipeline.explain(questionOf(defined(asked)));
  });
}
