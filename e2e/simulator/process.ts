/** One life of a gateway process, put together as gateway.ts does, on the machine's ports instead of sockets and files. */
import { createHmac } from 'node:crypto';
import type { MessageJourney, PipelineReads, Store, ViewQueries } from '@openclaw-gateway/db';
import {
  type EventMetadata,
  fold,
  GatewayCrashRecovered,
  GatewayError,
  GatewayStarted,
  GatewayStopped,
  type NewEvent,
  Session,
  type SessionState,
  type StoredEvent,
  TERMINAL_MESSAGE_EVENTS,
} from '@openclaw-gateway/events';
import pino from 'pino';
import { ChannelManager } from '../../apps/gateway/src/channels/index.ts';
import { LIVENESS } from '../../apps/gateway/src/channels/liveness.ts';
import telegram from '../../apps/gateway/src/channels/telegram/index.ts';
import type { Config } from '../../apps/gateway/src/config/index.ts';
import { steadyClock } from '../../apps/gateway/src/pipeline/clock.ts';
import { createPipeline, type RunningPipeline } from '../../apps/gateway/src/pipeline/index.ts';
import { sessionStream } from '../../apps/gateway/src/pipeline/sessions.ts';
import type { AgentWorld } from './agent-world.ts';
import type { ChatService } from './chat-service.ts';
import type { Laws } from './laws.ts';
import type { OpenLog, StoredEvents } from './log-home.ts';
import type { Machine } from './machine.ts';

export type ProcessOptions = {
  readonly machine: Machine;
  /** Ends when the process does. */
  readonly life: { readonly alive: boolean };
  /** Just opened. */
  readonly log: OpenLog;
  readonly laws: Laws;
  readonly chat: ChatService;
  readonly agent: AgentWorld;
  readonly config: () => Config;
  /** The process ends by itself. */
  readonly onExit: (why: string) => void;
};

export type GatewayProcess = {
  readonly alive: boolean;
  readonly pipeline: RunningPipeline;
  /** Puts the configuration that holds now in force. */
  readonly reconfigure: () => void;
  /** Ends in good order, which takes a while. */
  readonly stop: () => Promise<void>;
};

const GATEWAY_ID = 'gw_00000000000000000000000000';
const STREAM = `gateway/${GATEWAY_ID}`;
const DRAIN_MS = 10_000;
const MOST_EXIT_MS = 50;
const logger = pino({ level: 'silent' });

export function startProcess(options: ProcessOptions): GatewayProcess {
  const { machine, life, laws, chat, agent, config, onExit } = options;
  const { log, events, failed, close } = options.log;
  laws.opened(events.length);
  let isEnding = false;
  const exit = (why: string) => {
    if (isEnding) return;
    isEnding = true;
    machine.after(machine.latency(MOST_EXIT_MS), 'exit', () => onExit(why), life);
  };
  void failed.then((error) => exit(error.code));
  const record = async (streamId: string, event: NewEvent, metadata: EventMetadata = {}): Promise<void> => {
    await log.append({ events: [{ streamId, event, metadata }] });
  };
  const channels = new ChannelManager({
    config: config().channels,
    receive: (submission) => pipeline.receive(submission),
    amend: (request) => pipeline.amend(request),
    undelivered: (report) => pipeline.undelivered(report),
    record,
    logger,
    manifest: { telegram: async () => ({ default: telegram }), native: async () => ({ default: chat.nativeChannel(life) }) },
    now: () => machine.now(),
    random: () => machine.random.fraction(),
    // Looked at on the clock of the real machine, which a simulated one must not hear.
    liveness: { ...LIVENESS, everyMs: undefined },
  });
  const pipeline = createPipeline(
    {
      store: storeOver(options.log, machine, life),
      config: () => ({ config: config(), hash: 'c0ffee00' }),
      models: agent.models(life, config),
      tools: agent.tools(life),
      // Without typing: it changes nothing, and what changes nothing needs no trial.
      senders: {
        capabilities: (channel) => channels.capabilities(channel),
        send: (...sending) => channels.send(...sending),
      },
      logger,
      now: steadyClock(events.newest?.time ?? 0),
      random: () => machine.random.fraction(),
    },
    (error) => exit(error.code),
  );
  pipeline.followAll((progress) => {
    if (progress.type === 'settled') laws.settled(progress.messageId, progress.outcome);
  });

  const boot = async () => {
    await channels.start();
    await record(
      STREAM,
      GatewayStarted.create({
        gatewayId: GATEWAY_ID,
        programVersion: '0',
        nodeVersion: '0',
        pid: 1,
        host: 'simulated',
        port: 1,
        configHash: 'c0ffee00'.repeat(8),
      }),
    );
    await record(STREAM, GatewayCrashRecovered.create(await pipeline.recover()));
  };
  boot().catch((error: unknown) =>
    error instanceof GatewayError ? exit(error.code) : laws.violated('9', `the start failed: ${String(error)}`),
  );

  return {
    get alive() {
      return life.alive;
    },
    pipeline,
    reconfigure: () => void channels.apply(config().channels).catch(() => {}),
    stop: async () => {
      await pipeline.stop(DRAIN_MS);
      await channels.stop();
      await record(STREAM, GatewayStopped.create({ reason: 'simulated', uptimeMs: 1 })).catch(() => {});
      await close();
      exit('stopped');
    },
  };
}

/** The store's reads, answered from what is durable. */
function storeOver({ log, events }: OpenLog, machine: Machine, owner: { readonly alive: boolean }): Store {
  const read = <T>(name: string, answer: () => T): Promise<T> => machine.sleep(machine.latency(10), name, owner).then(answer);
  const stateOf = (streamId: string): SessionState => fold(Session, events.of(streamId));
  const pipeline: PipelineReads = {
    sessionState: (sessionId) => read('session state', () => stateOf(sessionStream(sessionId))),
    unsettledSessions: ({ after = 0, limit }) =>
      read('unsettled sessions', () => {
        const sessions = [...events.streams()]
          .filter((streamId) => streamId.startsWith('session/'))
          .flatMap((streamId) => {
            const open = [...stateOf(streamId).open.values()];
            const firstPosition = open[0]?.position ?? 0;
            return firstPosition > after ? [{ sessionId: streamId.slice('session/'.length), firstPosition, messages: open.length }] : [];
          });
        return sessions.toSorted((a, b) => a.firstPosition - b.firstPosition).slice(0, limit);
      }),
    message: (messageId) => read('message', () => journeyOf(events, messageId)),
    messageByRequestId: () => read('message by request', () => undefined),
  };
  const views: Pick<ViewQueries, 'messageEvents'> = {
    messageEvents: (messageId) =>
      read('message events', () => eventsOf(events, messageId).map((event) => ({ ...event, summary: '' }) as never)),
  };
  const store: Pick<Store, 'log' | 'pipeline' | 'waitForViews' | 'pseudonym' | 'gatewayId'> & { views: typeof views } = {
    gatewayId: GATEWAY_ID,
    log,
    pipeline,
    views,
    waitForViews: () => read('views', () => undefined),
    pseudonym: (text) => createHmac('sha256', 'simulated').update(text).digest(),
  };
  // The pipeline reads nothing else; what it does not have it cannot use unseen.
  return store as unknown as Store;
}

const TERMINAL: ReadonlyMap<string, MessageJourney['status']> = new Map(
  TERMINAL_MESSAGE_EVENTS.map(({ type }) => [type, type.slice('message.'.length) as MessageJourney['status']]),
);

function eventsOf(all: StoredEvents, messageId: string): StoredEvent[] {
  return [...all.streams()].flatMap((streamId) => all.of(streamId)).filter((event) => event.metadata.correlationId === messageId);
}

function journeyOf(all: StoredEvents, messageId: string): MessageJourney | undefined {
  const events = eventsOf(all, messageId);
  const [received] = events;
  if (!received) return undefined;
  const end = events.find((event) => TERMINAL.has(event.type));
  const problem = (end?.data as { problem?: { code: string; message: string } } | undefined)?.problem;
  const status = end ? TERMINAL.get(end.type) : 'queued';
  const journey = { messageId, position: received.position, status, settled: end !== undefined, ...(problem ? { problem } : {}) };
  return journey as MessageJourney;
}
