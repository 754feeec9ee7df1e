import { z } from 'zod';
import { requireChannel } from '../channels/unknown-channel.ts';
import { ruleHits, ruleKey } from '../history/counted.ts';
import { questionOf } from '../pipeline/explain.ts';
import { bindingsInOrder } from '../pipeline/overview-of-rules.ts';
import { procedure, router } from './procedure.ts';
import { problem } from './rows.ts';
import { routeDecision } from './turn.ts';
import { definedOnly } from './wire.ts';

const DAY_MS = 24 * 3_600_000;
/** How far back one looks for a rule's last hit that had none in a day. */
const OLDER_MS = 30 * DAY_MS;
const rule = z.string().min(1).max(128);

const hits = z.object({ hits: z.number(), lastAt: z.number().optional(), lastPosition: z.number().optional() });
const asked = hits.extend({
  rule,
  agentId: z.string().optional(),
  /** What it asks for: nothing where it takes everything. */
  expected: z.record(z.string(), z.string()),
  priority: z.number().optional(),
  messagePriority: z.string().optional(),
  dmScope: z.string().optional(),
  shadowedBy: z.string().optional(),
  /** Its agent is not in the configuration. */
  agentMissing: z.literal(true).optional(),
});

const explanation = z.object({
  admission: z.object({ allowed: z.boolean(), rule: z.string(), reason: z.string() }),
  candidates: routeDecision.shape.candidates,
  evaluatorVersion: z.number(),
  configHash: z.string(),
  result: z.union([
    z.object({
      agentId: z.string(),
      rule: z.string(),
      model: z.string(),
      sessionId: z.string(),
      sessionKey: z.string(),
      sessionKeyRule: z.string(),
      isOpen: z.boolean(),
      messagePriority: z.string(),
    }),
    z.object({ agentId: z.undefined().optional(), error: problem.extend({ remedy: z.string().optional() }) }),
  ]),
});

const question = z.object({
  channel: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  account: z.string().min(1).max(128).default('default'),
  from: z.string().min(1).max(512),
  group: z.string().min(1).max(512).optional(),
  thread: z.string().min(1).max(512).optional(),
  roles: z.array(z.string().min(1).max(512)).max(250).optional(),
  text: z.string().max(100_000).default(''),
  at: z.int().optional(),
});

/** The routing page: the rules as they are asked, how often each decided, and a message that did not come. */
export const routingRouter = router({
  /** In the order they are asked; hits of the last 24 hours. */
  rules: procedure
    .output(
      z.object({
        rules: z.array(asked),
        /** Hits of rules that the configuration no longer has. */
        elsewhere: z.number(),
        partial: z.boolean(),
        defaultAgent: z.string(),
        session: z.object({ dmScope: z.string(), threads: z.string(), mainKey: z.string(), stickyForMs: z.number() }),
        channels: z.array(z.object({ channel: z.string(), accounts: z.array(z.string()) })),
        configHash: z.string(),
      }),
    )
    .query(async ({ ctx, signal }) => {
      const { config, hash: configHash } = ctx.parts.config.current();
      const counted = await ruleHits(ctx.parts.store.views, { fromTime: Date.now() - DAY_MS, ...(signal && { signal }) });
      const agents = config.agents.entries;
      const left = new Map(counted.of);
      const take = (key: string) => {
        const found = left.get(key);
        left.delete(key);
        return found ? { hits: found.hits, lastAt: found.lastAt, lastPosition: found.lastPosition } : { hits: 0 };
      };
      const bindings = bindingsInOrder(config.bindings).map(({ rule: name, binding, expected, shadowedBy }) => ({
        rule: name,
        agentId: binding.agentId,
        expected: { ...expected },
        ...take(ruleKey(name, expected)),
        ...definedOnly({ priority: binding.priority, messagePriority: binding.messagePriority, dmScope: binding.dmScope, shadowedBy }),
        ...(!Object.hasOwn(agents, binding.agentId) && { agentMissing: true as const }),
      }));
      const fixed = (name: string, agentId?: string) => ({
        rule: name,
        expected: {},
        ...take(name),
        ...(agentId !== undefined && { agentId }),
      });
      const lastByText = bindings.findLastIndex(({ expected }) => 'text' in expected);
      const withOpen =
        lastByText < 0 ? bindings : bindings.toSpliced(lastByText + 1, 0, fixed('session.open') as (typeof bindings)[number]);
      const channels = Object.entries(config.channels);
      const ofChannels = channels.flatMap(([name, { agentId }]) =>
        agentId === undefined ? [] : [fixed(`channels.${name}.agentId`, agentId)],
      );
      const defaultAgent = Object.keys(agents).find((id) => agents[id]?.default === true) ?? 'main';
      const rules = [
        ...['request.agent', 'session.key', 'session.history'].map((name) => fixed(name)),
        ...withOpen,
        ...[...left.keys()].filter((name) => name.startsWith('extensions.')).map((name) => fixed(name)),
        ...ofChannels,
        fixed('agents.default', defaultAgent),
      ];
      const { dmScope, threads, mainKey, stickyFor } = config.session;
      return {
        rules,
        elsewhere: [...left.values()].reduce((sum, found) => sum + found.hits, 0),
        partial: counted.partial,
        defaultAgent,
        session: { dmScope, threads, mainKey, stickyForMs: stickyFor },
        channels: channels.map(([channel, { accounts }]) => ({ channel, accounts: Object.keys(accounts) })),
        configHash,
      };
    }),

  /** When a rule decided last that did not in the last day; `searched` says how far back was looked. */
  lastHit: procedure
    .input(z.object({ rule }))
    .output(z.object({ lastAt: z.number().optional(), lastPosition: z.number().optional(), searchedMs: z.number(), partial: z.boolean() }))
    .query(async ({ ctx, input, signal }) => {
      const filter = { types: ['route.decided'], query: `data.winner:=${JSON.stringify(input.rule)}`, fromTime: Date.now() - OLDER_MS };
      const { rows, partial = false } = await ctx.parts.store.views.events(filter, definedOnly({ limit: 1, signal }));
      const [last] = rows;
      return { ...(last && { lastAt: last.time, lastPosition: last.position }), searchedMs: OLDER_MS, partial };
    }),

  /** How a message would be decided about. Only reads. */
  explain: procedure
    .input(question)
    .output(explanation)
    .query(async ({ ctx, input }) => {
      requireChannel(input.channel, ctx.parts.config.current().config);
      const found = await ctx.parts.pipeline.explain(questionOf(input));
      return { ...found, candidates: [...found.candidates] };
    }),
});
