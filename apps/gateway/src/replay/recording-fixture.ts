/** Records a session with the real pipeline over a log in memory, with a model and tools that do what a test says. */
import { createHmac } from 'node:crypto';
import { MemoryLog, type Store } from '@openclaw-gateway/db';
import { ConfigChanged, fold, type GatewayError, Session, type StoredEvent } from '@openclaw-gateway/events';
import type { InboundAttachment, ModelChunk, ModelRequest } from '@openclaw-gateway/sdk';
import pino from 'pino';
import type { AskChunk } from '../asked.ts';
import { memoryAttachments } from '../attachments/testing.ts';
import { readConfig } from '../config/index.ts';
import type { Submission } from '../parts.ts';
import { createPipeline, type RunningPipeline } from '../pipeline/index.ts';
import { createTools, type Tools } from '../tools/index.ts';
import { TOOLS } from '../tools/manifest.ts';
import { collectRecording } from './collect.ts';
import type { Recording } from './job.ts';

export const TOOL_NAMES = TOOLS.map((tool) => tool.name);
export const KNOWN_TOOLS = createTools({ allow: TOOL_NAMES, deny: [] }).known(TOOL_NAMES);
export const CONFIG = {
  agents: { defaults: { model: 'scripted/one', systemPrompt: 'Answer briefly.', tools: ['clock.now'], maxSteps: 4 } },
  channels: { telegram: { botToken: '***', dmPolicy: 'open' } },
};
export const HASH = 'c0ffee00';

type Script = (request: ModelRequest, signal: AbortSignal) => AsyncIterable<AskChunk>;

export type Recorder = {
  readonly log: MemoryLog;
  readonly pipeline: RunningPipeline;
  readonly say: (text: string, ...files: readonly InboundAttachment[]) => Promise<string>;
  readonly recording: () => Promise<Recording>;
};

/** A gateway that records. `model` says what the model answers. */
export async function createRecorder(
  model: Script,
  options: {
    readonly config?: object;
    readonly send?: () => Promise<object>;
    readonly log?: MemoryLog;
    readonly tools?: Tools;
    readonly budget?: () => GatewayError | undefined;
  } = {},
): Promise<Recorder> {
  const document = options.config ?? CONFIG;
  const log = options.log ?? new MemoryLog();
  const { config } = readConfig(JSON.stringify(document), { env: {} });
  const store = storeOver(log);
  const attachments = memoryAttachments();
  const tools = options.tools ?? createTools(config.tools);
  const pipeline = createPipeline(
    {
      store,
      config: () => ({ config, hash: HASH }),
      models: {
        resolve: async (reference) => {
          const [providerName = '', name = ''] = reference.split('/');
          return { provider: { stream: model }, providerName, model: name };
        },
      },
      tools,
      attachments,
      ...(options.budget && { budget: options.budget }),
      senders: { capabilities: () => ({ idempotency: 'none' }), send: options.send ?? (async () => ({ providerMessageId: '77' })) },
      logger: pino({ level: 'silent' }),
      now: Date.now,
      random: () => 0.1,
    },
    (error) => {
      throw error;
    },
  );
  if (log.head() === 0) {
    const changed = ConfigChanged.create({
      hash: HASH,
      source: 'start',
      changes: [],
      restartNeeded: [],
      document: document as Record<string, unknown>,
    });
    await log.append({ events: [{ streamId: 'config', event: changed }] });
  }
  await pipeline.recover();
  return {
    log,
    pipeline,
    say: async (text, ...files) => {
      const receipt = await pipeline.receive(submissionOf(text, files));
      await pipeline.outcome(receipt.messageId, { timeoutMs: 10_000 });
      await settled(log, receipt.messageId);
      return receipt.messageId;
    },
    recording: async () => collectRecording({ log, views: undefined as never }, await sessionOf(log)),
  };
}

export const submissionOf = (text: string, files: readonly InboundAttachment[] = []): Submission => ({
  channel: 'telegram',
  account: 'default',
  inbound: {
    sender: { id: '4915112345', name: 'Ada' },
    peer: { kind: 'direct', id: '4915112345' },
    text,
    ...(files.length > 0 && { attachments: files }),
  },
  caller: { method: 'channel', actor: { type: 'app_user', id: 'snd_x' } },
});

export async function eventsOf(log: MemoryLog): Promise<StoredEvent[]> {
  return log.readAll({ after: 0, limit: 1000 });
}

async function sessionOf(log: MemoryLog): Promise<string> {
  const event = (await eventsOf(log)).find(({ streamId }) => streamId.startsWith('session/'));
  return event?.streamId.slice('session/'.length) ?? '';
}

/** The terminal event follows the outcome. */
async function settled(log: MemoryLog, messageId: string): Promise<void> {
  const stop = new AbortController();
  for await (const page of log.subscribe({ after: 0, signal: stop.signal })) {
    const isOver = page.some(
      (event) => event.metadata.correlationId === messageId && /^message\.(delivered|dead_lettered|no_reply)$/.test(event.type),
    );
    if (isOver) return stop.abort();
  }
}

function storeOver(log: MemoryLog): Store {
  const sessionState = async (sessionId: string) => fold(Session, await log.readStream(`session/${sessionId}`, { limit: 1000 }));
  const unsettledSessions = async ({ after = 0 }: { after?: number }) => {
    const sessionId = await sessionOf(log);
    const [first] = (await sessionState(sessionId)).open.values();
    return first && first.position > after ? [{ sessionId, firstPosition: first.position, messages: 1 }] : [];
  };
  return {
    log,
    pipeline: { sessionState, unsettledSessions },
    waitForViews: async () => undefined,
    pseudonym: (text: string) => createHmac('sha256', 'recorder').update(text).digest(),
  } as unknown as Store;
}

export async function* says(text: string): AsyncIterable<ModelChunk> {
  yield { type: 'text', text };
  yield { type: 'finish', reason: 'stop', usage: { inputTokens: 3, outputTokens: 5 }, responseModel: 'one-2026' };
}

export async function* calls(callId: string, tool: string, args: unknown): AsyncIterable<ModelChunk> {
  yield { type: 'text', text: 'Let me look. ' };
  yield { type: 'tool-call', call: { callId, tool, arguments: args } };
  yield { type: 'finish', reason: 'tool-calls', usage: { inputTokens: 3, outputTokens: 5, cachedInputTokens: 1 } };
}
