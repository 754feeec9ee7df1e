/** A pipeline over a memory log, a scripted model and a channel that counts, which can die at any moment and be started again. */
import { createHmac } from 'node:crypto';
import { type EventLog, MemoryLog, type Store, type UnsettledSession } from '@openclaw-gateway/db';
import { fold, GatewayError, Session, type SessionState, type StoredEvent } from '@openclaw-gateway/events';
import type { ModelChunk, ModelRequest, Outbound, ToolContext, ToolMessage } from '@openclaw-gateway/sdk';
import pino from 'pino';
import type { AskChunk } from '../asked.ts';
import { memoryAttachments } from '../attachments/testing.ts';
import { readConfig } from '../config/read.ts';
import type { Submission } from '../parts.ts';
import type { PipelineDependencies, Tools } from './context.ts';
import { createPipeline, type RunningPipeline } from './index.ts';
import { sessionStream } from './sessions.ts';

export type World = {
  readonly log: EventLog;
  readonly config: string;
  readonly sent: Outbound[];
  readonly asked: ModelRequest[];
  readonly toolRuns: string[];
  /** The bytes on the disk, by their hash. */
  readonly files: Map<string, Uint8Array>;
  /** Tools that a person is asked about. */
  readonly asksAbout: Set<string>;
  readonly highRisk: Set<string>;
  /** What the model says to a request. */
  model: (request: ModelRequest, signal: AbortSignal) => AsyncIterable<AskChunk>;
  /** What a tool does besides. */
  whenToolRuns?: (context: ToolContext) => Promise<unknown>;
  /** What the channel does before it takes a message. */
  beforeSend: (outbound: Outbound) => void;
  channelIdempotency: 'native' | 'none';
  /** Whether the channel's account is paused or down. */
  isHeld: boolean;
  now: number;
  /** Why no model may be asked. */
  budget?: (asked: number) => GatewayError | undefined;
};

export function createWorld(config = '{ channels: { telegram: { botToken: "t", dmPolicy: "open" } } }'): World {
  return {
    log: new MemoryLog(),
    config,
    sent: [],
    asked: [],
    toolRuns: [],
    files: new Map(),
    asksAbout: new Set(),
    highRisk: new Set(),
    model: (request) => answer(`re: ${lastText(request)}`),
    beforeSend: () => undefined,
    channelIdempotency: 'none',
    isHeld: false,
    now: Date.now(),
  };
}

/** A point at which the process dies: from there on it neither acts nor hears anything. */
export type Death = { readonly at: number; readonly when: 'before' | 'after' };

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** One life of the process. Every commit, model call, tool call and send is a step at which it can die. */
export function startLife(
  world: World,
  death?: Death,
  more: Partial<PipelineDependencies> = {},
): { readonly pipeline: RunningPipeline; readonly dead: Promise<void>; readonly fatal: GatewayError[] } {
  const { promise: dead, resolve: die } = Promise.withResolvers<void>();
  let steps = 0;
  let isDead = false;
  const step = async <T>(effect: () => Promise<T>): Promise<T> => {
    if (isDead) return never<T>();
    steps += 1;
    const fatal = death?.at === steps;
    if (fatal) isDead = true;
    if (fatal) die();
    if (fatal && death?.when === 'before') return never<T>();
    const result = await effect();
    return isDead ? never<T>() : result;
  };
  const log: EventLog = {
    ...bind(world.log),
    append: (request) => step(() => world.log.append(request)),
  };
  const fatal: GatewayError[] = [];
  const { config } = readConfig(world.config, { env: {} });
  const pipeline = createPipeline(
    {
      store: storeOver(log),
      config: () => ({ config, hash: 'c0ffee00' }),
      models: {
        resolve: async () => ({
          providerName: 'scripted',
          model: 'one',
          provider: {
            async *stream(request: ModelRequest, signal: AbortSignal) {
              await step(async () => undefined);
              world.asked.push(request);
              for await (const chunk of world.model(request, signal)) {
                if (isDead) await never();
                yield chunk;
              }
            },
          },
        }),
      },
      tools: toolsOf(world, step),
      attachments: memoryAttachments(world.files, step),
      budget: () => world.budget?.(world.asked.length),
      senders: {
        capabilities: () => ({ idempotency: world.channelIdempotency }),
        isHeld: () => world.isHeld,
        send: (_channel, _account, outbound) =>
          step(async () => {
            world.beforeSend(outbound);
            world.sent.push(outbound);
            return {};
          }),
      },
      logger: pino({ level: 'silent' }),
      now: () => world.now,
      random: () => 0.5,
      ...more,
    },
    (error) => fatal.push(error),
  );
  return { pipeline, dead, fatal };
}

function toolsOf(world: World, step: <T>(effect: () => Promise<T>) => Promise<T>): Tools {
  return {
    specs: (names) => names.map((name) => ({ name, description: name, parameters: {} })),
    decide: ({ agentTools, name }) =>
      agentTools.includes(name)
        ? {
            action: world.asksAbout.has(name) ? 'ask' : 'allow',
            rule: 'agent.tools',
            reason: 'listed',
            risk: world.highRisk.has(name) ? 'high' : 'low',
          }
        : { action: 'deny', rule: 'agent.tools', error: new GatewayError('TOOL_DENIED') },
    run: async (name, args, context) => {
      if (name === 'send') await context.send?.(args as ToolMessage);
      const ran = await step(async () => {
        world.toolRuns.push(`${name} ${context.callId}`);
        return { echoed: args };
      });
      await world.whenToolRuns?.(context);
      return ran;
    },
  };
}

/** The store's reads, answered from the memory log itself. */
function storeOver(log: EventLog): Store {
  const state = async (sessionId: string): Promise<SessionState> =>
    fold(Session, await log.readStream(sessionStream(sessionId), { limit: 1000 }));
  const unsettled = async ({ after = 0 }: { after?: number }): Promise<UnsettledSession[]> => {
    const events = await allEvents(log);
    const ids = [
      ...new Set(events.filter((event) => event.streamId.startsWith('session/')).map((event) => event.streamId.slice('session/'.length))),
    ];
    const rows = await Promise.all(ids.map(async (sessionId) => ({ sessionId, open: [...(await state(sessionId)).open.values()] })));
    return rows.flatMap(({ sessionId, open }) => {
      const firstPosition = open[0]?.position ?? 0;
      return firstPosition > after ? [{ sessionId, firstPosition, messages: open.length }] : [];
    });
  };
  const missing = async (): Promise<undefined> => undefined;
  return {
    log,
    pipeline: { sessionState: state, unsettledSessions: unsettled, message: missing, messageByRequestId: missing },
    views: { messageEvents: async (id: string) => (await allEvents(log)).filter(({ metadata }) => metadata.correlationId === id) },
    waitForViews: async () => undefined,
    pseudonym: (text: string) => createHmac('sha256', 'fixture').update(text).digest(),
  } as unknown as Store;
}

export async function allEvents(log: EventLog): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (;;) {
    const page = await log.readAll({ after: events.length, limit: 1000 });
    events.push(...page);
    if (page.length < 1000) return events;
  }
}

function bind(log: EventLog): EventLog {
  return {
    append: log.append.bind(log),
    head: log.head.bind(log),
    readAll: log.readAll.bind(log),
    readStream: log.readStream.bind(log),
    readAt: log.readAt.bind(log),
    subscribe: log.subscribe.bind(log),
    waitForHead: log.waitForHead.bind(log),
    stats: log.stats.bind(log),
    close: log.close.bind(log),
  };
}

export async function* answer(text: string, inputTokens = 1): AsyncIterable<ModelChunk> {
  if (text !== '') yield { type: 'text', text };
  yield { type: 'finish', reason: 'stop', usage: { inputTokens, outputTokens: 1 } };
}

export async function* callTool(callId: string, tool: string): AsyncIterable<ModelChunk> {
  yield { type: 'tool-call', call: { callId, tool, arguments: { n: 1 } } };
  yield { type: 'finish', reason: 'tool-calls', usage: { inputTokens: 1, outputTokens: 1 } };
}

export function lastText(request: ModelRequest): string {
  const last = request.messages.findLast((message) => message.role === 'user');
  return last?.role === 'user' ? last.text : '';
}

export function submission(id: string, text: string, over: Partial<Submission> = {}): Submission {
  return {
    channel: 'telegram',
    account: 'default',
    inbound: { externalId: id, sender: { id: '42' }, peer: { kind: 'direct', id: '42' }, text },
    caller: { method: 'channel', actor: { type: 'app_user', id: 'x' } },
    ...over,
  };
}
