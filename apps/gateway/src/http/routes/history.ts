/** The gateway as it was: its state and configuration at a moment, what changed between two, and sessions begun from an earlier position. */

import { diff } from '@openclaw-gateway/events/json-patch';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { configAt } from '../../history/config-at.ts';
import { forkSession } from '../../history/fork.ts';
import { momentOf, newestMoment } from '../../history/moment.ts';
import { sessionIdOf } from '../../history/session-at.ts';
import { stateAt } from '../../history/state-at.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { viewsToCatchUp } from '../catch-up.ts';
import { defined, parse, text } from '../validate.ts';

const moment = () => text(64, 'a position, a time or how long ago');
const stateQuery = z.object({ at: moment().optional(), diff: moment().optional() });
const configQuery = z.object({ at: moment() });
const forkBody = z.object(
  {
    at: z.union([moment(), z.int().positive().transform(String)]),
    key: text(1024).optional(),
    reason: text(128).default('forked over HTTP'),
  },
  { error: 'an object' },
);

export function historyRoutes(app: FastifyInstance, parts: Parts): void {
  const { store } = parts;

  app.get('/api/state', async (request) => {
    const { at, diff: other } = parse(stateQuery, request.query);
    await viewsToCatchUp(parts);
    const state = await stateAt(store, at === undefined ? await newestMoment(store.log) : await momentOf(store.log, at));
    if (other === undefined) return state;
    const to = await stateAt(store, await momentOf(store.log, other));
    return { from: state, to, patch: diff(state, to) };
  });

  app.get('/api/config/at', async (request) => {
    const { at } = parse(configQuery, request.query);
    const then = await momentOf(store.log, at);
    return { ...then, ...(await configAt(store.log, then)) };
  });

  app.post<{ Params: { id: string } }>('/api/sessions/:id/fork', async (request, reply) => {
    const { at, key, reason } = parse(forkBody, request.body);
    await viewsToCatchUp(parts);
    const sessionId = await sessionIdOf(store, request.params.id);
    const { actor } = callerOf(request);
    const forked = await forkSession(store, { sessionId, at: await momentOf(store.log, at), reason, actor, ...defined({ key }) });
    return reply.status(201).send(forked);
  });
}
