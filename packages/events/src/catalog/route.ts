import { z } from 'zod';
import { defineAggregate, defineEvent, pii } from '../define.ts';
import { COMMANDS } from './command.ts';
import { count, durationMs, hash, name } from './shared.ts';

export const SESSION_KEY_PARTS = ['agent', 'channel', 'account', 'kind', 'peer', 'group', 'thread', 'main', 'given'] as const;

export const RouteDecided = defineEvent('route.decided', {
  version: 1,
  description: 'Which agent and session take a message, with every rule that was considered, in the order of their priority.',
  schema: z.object({
    candidates: z.array(
      z.object({
        rule: name,
        priority: z.int(),
        /** `undefined` when an earlier rule won and this one was not reached. */
        matched: z.boolean().optional(),
        reason: z.string().max(500),
        expected: pii(z.record(z.string(), z.string())),
        actual: pii(z.record(z.string(), z.string())),
      }),
    ),
    winner: name.optional(),
    agentId: name.optional(),
    model: name.optional(),
    /** Which layer the model came from. */
    modelFrom: z.enum(['agent', 'defaults', 'built-in']).optional(),
    sessionId: name.optional(),
    sessionKeyRule: name.optional(),
    /** The parts of the session key in their order, joined by colons, each with the setting or rule by which it is in the key. */
    sessionKeyParts: z
      .array(z.object({ part: z.enum(SESSION_KEY_PARTS), value: pii(z.string().max(1024)), by: name }))
      .max(8)
      .optional(),
    configHash: hash,
    evaluatorVersion: count,
    durationUs: durationMs,
    /** When it was decided, as a binding's schedule was held against it. */
    decidedAt: z.int().optional(),
    /** Whether its run comes before or after those of other conversations. */
    messagePriority: z.enum(['high', 'low']).optional(),
    /** It is a command to the gateway: the agent's model is not asked. */
    command: z.enum(COMMANDS).optional(),
  }),
  summary: (d) => {
    if (!d.agentId) return 'No rule takes this message';
    return `Routed to ${d.agentId} by ${d.winner}${d.command ? `; the gateway itself answers /${d.command}` : ''}`;
  },
  retention: 'audit',
});

export type RouteState = { readonly agentId?: string };

export const Route = defineAggregate<RouteState>({
  name: 'route',
  events: [RouteDecided],
  initial: () => ({}),
  evolve: (state, event) => (RouteDecided.is(event) && event.data.agentId ? { agentId: event.data.agentId } : state),
});
