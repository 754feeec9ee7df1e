/**
 * The composition root: configuration → parts → start → stop. No logic of its own; whoever wants to know how the gateway
 * hangs together reads this file first.
 */
import { join } from 'node:path';
import { openStore, type Store } from '@openclaw-gateway/db';
import {
  type Actor,
  type AggregateDefinition,
  Config,
  type EventMetadata,
  Gateway,
  GatewayCrashRecovered,
  GatewayError,
  GatewayStarted,
  GatewayStopped,
  type NewEvent,
} from '@openclaw-gateway/events';
import manifest from '../package.json' with { type: 'json' };
import { createAccess } from './access/index.ts';
import { ChannelManager } from './channels/index.ts';
import type { ConfigSnapshot, ConfigStore } from './config/index.ts';
import { notePathIn } from './config/note.ts';
import { sentence } from './config/read.ts';
import { secrets } from './config/secrets.ts';
import { openConfigStore } from './config/store.ts';
import { createAuditFeed, ExportJobs } from './export/index.ts';
import { createHttp } from './http/index.ts';
import { createWitnesses } from './integrity/index.ts';
import { createModels } from './models/index.ts';
import { openLogger } from './operations/logs.ts';
import { instrumentLog, watchPipeline } from './operations/metrics.ts';
import type { Parts, Phase } from './parts.ts';
import { steadyClock } from './pipeline/clock.ts';
import { createPipeline, type RunningPipeline } from './pipeline/index.ts';
import { DataControl } from './retention/data-control.ts';
import { scheduleRetention } from './retention/schedule.ts';
import { createTools } from './tools/index.ts';

const { version } = manifest;

const SYSTEM: Actor = { type: 'system', id: 'gateway' };
const DRAIN_MS = 10_000;
const VIEWS_CATCH_UP_MS = 10 * 60_000;
const PAGE = 1000;

export type GatewayOptions = {
  readonly stateDir: string;
  readonly configPath: string;
  /** Override what the configuration says. Port 0 takes a free one. */
  readonly port?: number;
  readonly bind?: string;
  readonly verbose?: boolean;
};

/** How the process ended, and whether it should be started again. */
export type GatewayEnd = { readonly exitCode: number; readonly restart: boolean };

export type RunningGateway = {
  readonly url: string;
  readonly token: string;
  /** Opens the dashboard signed in, once, within 60 s. */
  readonly signInUrl: string;
  readonly stop: (reason: string) => Promise<void>;
  readonly done: Promise<GatewayEnd>;
};

/**
 * Starts a gateway on a state directory; resolves when it takes messages. Throws LOG_LOCKED when another process has the
 * directory, PORT_TAKEN, CONFIG_* for a bad configuration, LOG_* when the log cannot be trusted.
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  await using stack = new AsyncDisposableStack();
  const { promise: done, resolve: end } = Promise.withResolvers<GatewayEnd>();
  const startedAt = Date.now();
  let phase: Phase = 'starting';

  const overrides = {
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.bind === undefined ? {} : { host: options.bind }),
  };
  const config = stack.adopt(
    await openConfigStore({
      path: options.configPath,
      notePath: notePathIn(options.stateDir),
      record: (event, metadata) => record('config', event, metadata),
      overrides,
    }),
    (part) => part.close(),
  );
  const settings = () => config.current().config;
  const log = stack.adopt(await openLogger(settings(), { dir: options.stateDir, verbose: options.verbose === true }), (part) =>
    part.close(),
  );
  const { logger } = log;
  const opened = stack.adopt(await openStore({ dir: join(options.stateDir, 'state'), secrets: secrets(settings()) }), (part) =>
    part.close(),
  );
  const store: Store = { ...opened, log: instrumentLog(opened.log) };
  const record = async (streamId: string, event: NewEvent, metadata: EventMetadata = { actor: SYSTEM }): Promise<void> => {
    await store.log.append({ events: [{ streamId, event, metadata }] });
  };
  const access = stack.adopt(
    await createAccess({ stateDir: options.stateDir, config, record, pseudonym: store.pseudonym, logger }),
    (part) => part.close(),
  );
  const { stateDir } = options;
  const exports = stack.adopt(
    new ExportJobs({ stateDir, gatewayId: opened.gatewayId, version, record: (event, actor) => record('audit', event, { actor }) }),
    (part) => part.close(),
  );
  const auditFeed = stack.adopt(createAuditFeed({ stateDir, gatewayId: opened.gatewayId, version, log: store.log, logger }), (part) =>
    part.close(),
  );
  const witnesses = stack.adopt(
    createWitnesses({
      stateDir,
      gatewayId: opened.gatewayId,
      version,
      checkpoints: opened.checkpoints,
      head: () => opened.log.head(),
      record,
      logger,
    }),
    (part) => part.close(),
  );
  const models = createModels(settings().models);
  const tools = createTools(settings().tools);
  const channels = new ChannelManager({
    config: settings().channels,
    receive: (submission) => pipeline.receive(submission),
    record,
    logger,
  });
  const fatal = (error: GatewayError): void => {
    logger.fatal({ code: error.code, details: error.details }, error.message);
    phase = 'stopping';
    log.close().finally(() => end({ exitCode: 1, restart: true }));
  };
  const newest = opened.log.head() > 0 ? await opened.log.readAt(opened.log.head()) : undefined;
  const pipeline: RunningPipeline = createPipeline(
    {
      store,
      config: () => config.current(),
      models,
      tools,
      senders: channels,
      logger,
      now: steadyClock(newest?.time ?? 0),
      random: Math.random,
    },
    fatal,
  );
  const data = new DataControl({ store, config: settings, now: Date.now, giveUp: pipeline.giveUp, forget: pipeline.forget });
  const shutdown: Parts['shutdown'] = (reason, { restart = false } = {}) => void stop(reason, restart);
  const parts: Parts = {
    gatewayId: opened.gatewayId,
    version,
    stateDir: options.stateDir,
    startedAt,
    phase: () => phase,
    config,
    store,
    pipeline,
    channels,
    access,
    data,
    exports,
    auditFeed,
    witnesses,
    logger,
    shutdown,
  };
  watchPipeline(parts);
  const warn = ({ warnings }: ConfigSnapshot) => warnings.forEach((finding) => void logger.warn({ path: finding.path }, sentence(finding)));
  warn(config.current());
  config.onChange(({ snapshot }) => {
    warn(snapshot);
    models.apply(snapshot.config.models);
    tools.apply(snapshot.config.tools);
    opened.setSecrets(secrets(snapshot.config));
    void auditFeed.apply(snapshot.config);
    void witnesses.apply(snapshot.config);
    logger.level = options.verbose === true ? 'debug' : snapshot.config.gateway.logging.level;
    channels
      .apply(snapshot.config.channels)
      .catch((error: unknown) => logger.error({ err: error }, 'the channels did not take the new configuration'));
  });

  const http = stack.adopt(await createHttp(parts), (part) => part.close());
  const address = await listen(http, config);
  const scheme = settings().gateway.network.https.enabled ? 'https' : 'http';
  const url = `${scheme}://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  // Replies that an earlier process left are sent through the channels, and what channels receive meanwhile waits for the pipeline.
  // A start that fails from here on must not leave behind what they have begun: the process could not end.
  stack.defer(() => pipeline.stop(0));
  stack.defer(() => channels.stop());
  await channels.start();
  await takeUp(parts, pipeline, record, address);
  // What starting left behind would otherwise stay until there is much more of it. Nobody waits yet.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  phase = 'ready';
  void auditFeed.apply(settings());
  void witnesses.apply(settings());
  config.watch();
  logger.info({ url, version, position: store.log.head() }, 'gateway ready');

  stack.adopt(scheduleRetention(data, settings, logger, SYSTEM), (part) => part.stop());
  const { url: signInUrl } = await access.mintSignInLink(SYSTEM, url);

  const resources = stack.move();
  let stopping: Promise<void> | undefined;
  const stop = (reason: string, restart = false): Promise<void> => {
    stopping ??= stopInOrder(reason).then(
      () => end({ exitCode: 0, restart }),
      (error: unknown) => {
        process.stderr.write(`openclaw: the gateway did not stop in good order: ${String(error)}\n`);
        end({ exitCode: 1, restart });
      },
    );
    return stopping;
  };
  const stopInOrder = async (reason: string): Promise<void> => {
    phase = 'stopping';
    logger.info({ reason }, 'gateway stopping');
    await pipeline.stop(DRAIN_MS);
    await channels.stop();
    await record(`gateway/${opened.gatewayId}`, GatewayStopped.create({ reason, uptimeMs: Date.now() - startedAt }));
    await resources.disposeAsync();
  };
  return { url, token: access.token(), signInUrl, stop, done };
}

/** Records the start and takes up what an earlier process left unfinished. */
async function takeUp(
  { gatewayId, store, config, data }: Parts,
  pipeline: RunningPipeline,
  record: (streamId: string, event: NewEvent) => Promise<void>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  await store.waitForViews(store.log.head(), VIEWS_CATCH_UP_MS);
  const stream = `gateway/${gatewayId}`;
  const [before, configBefore] = await Promise.all([foldStream(store, Gateway, stream), foldStream(store, Config, 'config')]);
  const configHash = config.current().hash;
  await record(
    stream,
    GatewayStarted.create({ gatewayId, programVersion: version, nodeVersion: process.version, pid: process.pid, host, port, configHash }),
  );
  await config.recordStart(configBefore);
  await data.recover(SYSTEM);
  const recovery = await pipeline.recover();
  if (before.running) await record(stream, GatewayCrashRecovered.create(recovery));
}

/** The state of an aggregate that is small, from its stream. */
async function foldStream<State>({ log }: Store, aggregate: AggregateDefinition<State>, stream: string): Promise<State> {
  let state = aggregate.initial();
  let afterVersion = 0;
  while (log.head() > 0) {
    const page = await log.readStream(stream, { afterVersion, limit: PAGE });
    for (const event of page) state = aggregate.evolve(state, event);
    afterVersion += page.length;
    if (page.length < PAGE) break;
  }
  return state;
}

async function listen(http: Awaited<ReturnType<typeof createHttp>>, config: ConfigStore): Promise<{ host: string; port: number }> {
  const { host, port } = config.current().config.gateway.network;
  try {
    await http.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new GatewayError('PORT_TAKEN', { message: `Another process listens on ${host}:${port}.`, details: { host, port } });
  }
  const bound = http.address();
  return { host, port: bound?.port ?? port };
}
