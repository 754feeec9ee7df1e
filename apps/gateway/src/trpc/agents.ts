import { SessionQuarantined, SessionReleased } from '@openclaw-gateway/events';
import { z } from 'zod';
import { daysIn } from '../budgets/day.ts';
import { modelUse, toolUse } from '../history/counted.ts';
import type { Parts } from '../parts.ts';
import { RISK_CLASSES } from '../tools/risk.ts';
import { stillQuarantined } from './attention.ts';
import { procedure, router } from './procedure.ts';
import { problem } from './rows.ts';
import { cut, definedOnly } from './wire.ts';

const DAY_MS = 24 * 3_600_000;
const MOST_OPEN = 200;
const MOST_QUARANTINES = 100;
const PROMPT_CHARS = 4000;

const action = z.enum(['allow', 'ask', 'deny']);
const name = z.string().min(1).max(128);

const agent = z.object({
  id: z.string(),
  isDefault: z.boolean(),
  model: z.string(),
  fallbackModels: z.array(z.string()).readonly(),
  prompt: z.string().optional(),
  promptTruncated: z.boolean(),
  tools: z.array(z.string()).readonly(),
  limits: z.object({
    maxSteps: z.number(),
    maxRepeats: z.number(),
    maxOutputTokens: z.number(),
    timeoutMs: z.number(),
    maxConcurrent: z.number().optional(),
    contextWindow: z.number().optional(),
    temperature: z.number().optional(),
    queueMode: z.string().optional(),
  }),
  running: z.number(),
  waiting: z.number(),
  today: z.object({ answers: z.number(), inputTokens: z.number(), outputTokens: z.number(), costUsd: z.number() }).optional(),
});

const budget = z.object({
  scope: z.enum(['day', 'agent', 'session']),
  of: z.string().optional(),
  unit: z.enum(['tokens', 'usd']),
  used: z.number(),
  limit: z.number(),
  state: z.enum(['well', 'warned', 'spent']),
});

const endpoint = z.object({
  provider: z.string(),
  endpoint: z.string().optional(),
  circuit: z.enum(['closed', 'open', 'trial']),
  inFlight: z.number(),
  pausedUntil: z.number().optional(),
  latencyMs: z.number().optional(),
});

const tool = z.object({
  name: z.string(),
  description: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  effect: z.enum(['read', 'write']),
  policy: action,
  timeoutMs: z.number(),
  source: z.enum(['built-in', 'extension', 'mcp']),
  /** Where it does its work. */
  sandbox: z.enum(['gateway', 'workspace', 'internet', 'browser', 'channel', 'program', 'mcp-program', 'mcp-address', 'extension']),
  risk: z.enum(RISK_CLASSES),
  /** The agents that may call it, without or after a question. */
  agents: z.array(z.string()),
  use: z.object({ calls: z.number(), errors: z.number(), denied: z.number(), lastAt: z.number(), p95Ms: z.number().optional() }).optional(),
});

const standing = z.object({
  agent: z.string(),
  tool: z.string(),
  action,
  rule: z.string(),
  unless: z.array(z.object({ rule: z.string(), action })).readonly(),
});

const schedule = z.object({
  name: z.string(),
  enabled: z.boolean(),
  cron: z.string(),
  timeZone: z.string(),
  next: z.number().optional(),
  last: z
    .object({
      outcome: z.enum(['fired', 'skipped', 'failed']),
      plannedAt: z.number(),
      at: z.number(),
      messageId: z.string().optional(),
      error: problem.optional(),
    })
    .optional(),
  agentId: z.string().optional(),
  channel: z.string().optional(),
});

const extension = z.object({
  name: z.string(),
  version: z.string(),
  integrity: z.string(),
  state: z.enum(['starting', 'running', 'waiting', 'stopped', 'off']),
  restarts: z.number(),
  channels: z.array(z.string()).readonly(),
  models: z.array(z.string()).readonly(),
  tools: z.array(z.string()).readonly(),
  routers: z.array(z.string()).readonly(),
  problem: problem.optional(),
});

const quarantined = z.object({ sessionId: z.string(), since: z.number(), position: z.number(), why: z.string() });

/** The page of agents: who answers and what it uses, the models behind, the tools and who may call them, and what runs beside. */
export const agentsRouter = router({
  list: procedure
    .output(
      z.object({
        agents: z.array(agent),
        /** Only the oldest answers of today are counted: there are too many. */
        partial: z.boolean(),
        /** More messages are under way than are looked at. */
        moreOpen: z.boolean(),
      }),
    )
    .query(async ({ ctx, signal }) => {
      const { config } = ctx.parts.config.current();
      const { views } = ctx.parts.store;
      const today = daysIn(config.budgets.timeZone).startOf(Date.now());
      const [used, running, queued] = await Promise.all([
        modelUse(views, { fromTime: today, ...(signal && { signal }) }),
        views.messages({ status: 'running' }, { limit: MOST_OPEN }),
        views.messages({ status: 'queued' }, { limit: MOST_OPEN }),
      ]);
      const count = (rows: readonly { readonly agentId?: string }[], id: string) => rows.filter(({ agentId }) => agentId === id).length;
      return {
        partial: used.partial,
        moreOpen: running.next !== undefined || queued.next !== undefined,
        agents: Object.entries(config.agents.entries).map(([id, entry]) => {
          const prompt = entry.systemPrompt === undefined ? undefined : cut(entry.systemPrompt, PROMPT_CHARS);
          const { maxSteps, maxRepeats, maxOutputTokens, timeout, maxConcurrent, contextWindow, temperature, queueMode } = entry;
          return {
            id,
            isDefault: entry.default,
            model: entry.model,
            fallbackModels: entry.fallbackModels,
            tools: entry.tools,
            promptTruncated: prompt?.truncated ?? false,
            limits: {
              maxSteps,
              maxRepeats,
              maxOutputTokens,
              timeoutMs: timeout,
              ...definedOnly({ maxConcurrent, contextWindow, temperature, queueMode }),
            },
            running: count(running.rows, id),
            waiting: count(queued.rows, id),
            ...definedOnly({ prompt: prompt?.text, today: used.of.get(id) }),
          };
        }),
      };
    }),

  models: procedure
    .output(
      z.object({
        endpoints: z.array(endpoint),
        budgets: z.array(budget),
        day: z.string(),
        timeZone: z.string(),
        resetsAt: z.number(),
      }),
    )
    .query(({ ctx }) => {
      const { budgets, ...day } = ctx.parts.budgets.list();
      return { ...day, budgets: [...budgets], endpoints: [...ctx.parts.models.endpoints()] };
    }),

  /** The tools, how each was used in the last 24 hours, and how each agent stands to each. */
  tools: procedure
    .output(
      z.object({
        tools: z.array(tool),
        standings: z.array(standing),
        agents: z.array(z.string()),
        partial: z.boolean(),
        mcp: z.array(z.object({ name: z.string(), kind: z.enum(['program', 'address']), tools: z.number() })),
      }),
    )
    .query(async ({ ctx, signal }) => {
      const { parts } = ctx;
      const { config } = parts.config.current();
      const used = await toolUse(parts.store.views, { fromTime: Date.now() - DAY_MS, ...(signal && { signal }) });
      const registry = parts.tools.registry();
      const entries = Object.entries(config.agents.entries);
      const standings = entries.flatMap(([agentId, { tools }]) =>
        registry.map((each) => ({
          agent: agentId,
          tool: each.name,
          ...parts.tools.standing({ agentId, agentTools: tools, name: each.name }),
        })),
      );
      const mayCall = (toolName: string) =>
        standings.flatMap(({ tool: of, agent: who, action: what }) => (of === toolName && what !== 'deny' ? [who] : []));
      return {
        standings,
        agents: entries.map(([id]) => id),
        partial: used.partial,
        tools: registry.map((each) => ({
          ...each,
          agents: mayCall(each.name),
          ...definedOnly({ use: used.of.get(each.name) }),
        })),
        mcp: Object.entries(config.tools.mcp).map(([server, { url }]) => ({
          name: server,
          kind: url === undefined ? ('program' as const) : ('address' as const),
          tools: registry.filter((each) => each.source === 'mcp' && each.name.startsWith(`mcp.${server}.`)).length,
        })),
      };
    }),

  schedules: procedure.output(z.array(schedule)).query(async ({ ctx }) => {
    const settings = ctx.parts.config.current().config.schedules;
    const rows = await ctx.parts.schedules.list();
    return rows.map((row) => {
      const { agentId, channel } = settings[row.name] ?? {};
      return { ...row, ...definedOnly({ agentId, channel }) };
    });
  }),

  runSchedule: procedure
    .input(z.object({ name }))
    .output(z.object({ messageId: z.string() }))
    .mutation(({ ctx, input }) => ctx.parts.schedules.run(input.name, ctx.caller.actor)),

  extensions: procedure.output(z.array(extension)).query(({ ctx }) => [...ctx.parts.extensions.list()]),

  quarantined: procedure.output(z.array(quarantined)).query(({ ctx }) => quarantines(ctx.parts)),

  /** Lets a conversation out of quarantine; with `forget` the model is not shown what was said before. */
  release: procedure
    .input(z.object({ sessionId: name, forget: z.boolean().default(false) }))
    .output(z.object({ released: z.boolean() }))
    .mutation(async ({ ctx, input }) => {
      const { sessionId, forget } = input;
      return { released: await ctx.parts.pipeline.release(sessionId, { actor: ctx.caller.actor, forget }) };
    }),
});

async function quarantines({ store }: Parts): Promise<z.output<typeof quarantined>[]> {
  const types = [SessionQuarantined.type, SessionReleased.type];
  const { rows } = await store.views.events({ types }, { limit: MOST_QUARANTINES });
  return stillQuarantined(rows).flatMap(({ sessionId, time, position, summary }) =>
    sessionId === undefined ? [] : [{ sessionId, since: time, position, why: summary }],
  );
}
