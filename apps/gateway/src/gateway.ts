/**
 * The composition root: configuration → parts → start → stop. No logic of its own; whoever wants to know how the gateway
 * hangs together reads this file first.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore, type Store } from '@openclaw-gateway/db';
import { type EventMetadata, GatewayError, GatewayStopped, type NewEvent } from '@openclaw-gateway/events';
import packageManifest from '../package.json' with { type: 'json' };
import { createAccess } from './access/index.ts';
import { createIsolation } from './access/isolation.ts';
import { createAttachments } from './attachments/index.ts';
import { createAudit, recordIfOn } from './audit/index.ts';
import { createBudgets } from './budgets/index.ts';
import { createHolds } from './channels/holds.ts';
import { ChannelManager } from './channels/index.ts';
import { CHANNELS, offerChannels } from './channels/manifest.ts';
import { hookProbes } from './channels/webhook/probe.ts';
import { withHookReplies } from './channels/webhook/reply.ts';
import type { ConfigSnapshot, ConfigStore, RecordConfigEvent } from './config/index.ts';
import { notePathIn } from './config/note.ts';
import { sentence } from './config/read.ts';
import { secrets } from './config/secrets.ts';
import { openConfigStore } from './config/store.ts';
import { createConfigTrials, trialPathIn, undoUnconfirmed } from './config/trial.ts';
import { createAuditFeed, ExportJobs } from './export/index.ts';
import { createExtensions } from './extensions/index.ts';
import { createFloods } from './floods/index.ts';
import { createHttp } from './http/index.ts';
import { createLogCheck, createWitnesses } from './integrity/index.ts';
import { builtInKind, createModels } from './models/index.ts';
import { createAlerts } from './operations/alerts/index.ts';
import { outlets } from './operations/alerts/outlets.ts';
import { type SafeMode, safeModeError } from './operations/boot-record.ts';
import { componentsOf, watchComponents } from './operations/components.ts';
import { createDoctor } from './operations/doctor/run.ts';
import { egress, egressRules } from './operations/egress/index.ts';
import { recordRefusals } from './operations/egress/record.ts';
import { createFirewall, firewallMachine } from './operations/firewall/index.ts';
import { problemsOf } from './operations/health.ts';
import { isQuiet, watchHolders } from './operations/holders.ts';
import { controlLogLevel } from './operations/log-level.ts';
import { openLogger } from './operations/logs.ts';
import { watchMemory } from './operations/memory.ts';
import { watchThreads } from './operations/memory-report.ts';
import { wantedMetrics } from './operations/metrics/choice.ts';
import { createMetricsExport } from './operations/metrics/export/index.ts';
import { keepHistory } from './operations/metrics/history.ts';
import { certificateExpiry, type EventObserver, instrumentLog, metrics, watchGateway, watchLogger } from './operations/metrics/index.ts';
import { createRemote } from './operations/remote.ts';
import { createTls } from './operations/tls/index.ts';
import { createTraces } from './operations/traces/index.ts';
import { createPairing } from './pairing/index.ts';
import type { Parts, Phase } from './parts.ts';
import { steadyClock } from './pipeline/clock.ts';
import { scheduleIdle } from './pipeline/idle.ts';
import { createPipeline, type RunningPipeline } from './pipeline/index.ts';
import { Replays } from './replays/index.ts';
import { DataControl } from './retention/data-control.ts';
import { type RetentionSchedule, scheduleRetention } from './retention/schedule.ts';
import { createSavedViews } from './saved-views/index.ts';
import { createSchedules } from './schedules/index.ts';
import { SYSTEM, takeUp } from './take-up.ts';
import { createBrowsers } from './tools/browser/browsers.ts';
import { createToolHost } from './tools/host.ts';
import { createTools } from './tools/index.ts';
import { builtInTools } from './tools/manifest.ts';
import { createMcp } from './tools/mcp/index.ts';
import { wholeStream } from './whole-stream.ts';

const { version } = packageManifest;

const LEAVE_SAFE_MODE = '`openclaw gateway restart --normal`, or a change of the configuration';
/** How long the threads may take to end after the log has failed. */
const FATAL_CLOSE_MS = 5000;

export type GatewayOptions = {
  readonly stateDir: string;
  readonly configPath: string;
  /** Override what the configuration says. Port 0 takes a free one. */
  readonly port?: number;
  readonly bind?: string;
  /** Without sign-in, also where other machines reach it. */
  readonly letAnyoneIn?: boolean;
  readonly verbose?: boolean;
  /** Show and configure, but connect no channel, take no message and call no model. */
  readonly safeMode?: SafeMode;
};

/** How the process ended, and whether it should be started again. */
export type GatewayEnd = { readonly exitCode: number; readonly restart: boolean /** What made it end. */; readonly error?: GatewayError };

export type RunningGateway = {
  readonly url: string;
  readonly token: string;
  /** Opens the dashboard signed in, once, within 60 s. */
  readonly signInUrl: string;
  /** What keeps HTTPS from being served yet. */
  readonly waitsFor: () => string | undefined;
  /** Reads the configuration and the certificate now. What is refused is recorded and leaves the last good one in force. */
  readonly reload: () => Promise<void>;
  /** Stops in good order; with `restart`, whoever runs it is asked to start it again. */
  readonly stop: (reason: string, restart?: boolean) => Promise<void>;
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
  watchThreads();

  const overrides = {
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.bind === undefined ? {} : { host: options.bind }),
  };
  const [notePath, trialPath] = [notePathIn(options.stateDir), trialPathIn(options.stateDir)];
  await undoUnconfirmed({ config: options.configPath, trial: trialPath, note: notePath });
  const recordConfig: RecordConfigEvent = (event, metadata) => record('config', event, metadata);
  const config = stack.adopt(
    await openConfigStore({
      path: options.configPath,
      notePath,
      record: recordConfig,
      overrides,
      ...(options.letAnyoneIn && { exceptions: { letAnyoneIn: true } }),
    }),
    (part) => part.close(),
  );
  const settings = () => config.current().config;
  const log = stack.adopt(await openLogger(settings(), { dir: options.stateDir, verbose: options.verbose === true }), (part) =>
    part.close(),
  );
  const logger = log.of('gateway');
  const opened = stack.adopt(
    await openStore({ dir: join(options.stateDir, 'state'), secrets: secrets(settings()), onCommit: metrics.committed }),
    (part) => part.close(),
  );
  const observers = new Set<EventObserver>();
  const store: Store = { ...opened, log: instrumentLog(opened.log, observers) };
  const record = async (streamId: string, event: NewEvent, metadata: EventMetadata = { actor: SYSTEM }): Promise<void> => {
    await store.log.append({ events: [{ streamId, event, metadata }] });
  };
  const auditSettings = () => settings().gateway.logging.audit;
  const recordAudit = recordIfOn(record, auditSettings);
  const tokens = new Set<string>();
  /** What the configuration names and every token that was in force since the start stay out of log and log file. */
  const hideSecrets = (token?: string): void => {
    if (token !== undefined) tokens.add(token);
    const texts = [...secrets(settings()), ...tokens];
    opened.setSecrets(texts);
    log.hide(texts);
  };
  const logLevel = stack.adopt(
    controlLogLevel({
      logger: log.level,
      lostLines: log.lostLines,
      configured: () => (options.verbose === true ? 'debug' : settings().gateway.logging.level),
      record: (event, actor) => record(`gateway/${opened.gatewayId}`, event, { actor }),
    }),
    (part) => part.close(),
  );
  const floods = stack.adopt(
    createFloods({ settings: () => settings().gateway.security.ddos, record, pseudonym: store.pseudonym, logger: log.of('floods') }),
    (part) => part.close(),
  );
  const access = stack.adopt(
    await createAccess({
      stateDir: options.stateDir,
      gatewayId: opened.gatewayId,
      config,
      record: recordAudit,
      history: (streamId) => wholeStream(store.log, streamId),
      pseudonym: store.pseudonym,
      logger: log.of('access'),
      onToken: (token) => hideSecrets(token),
      onDenial: floods.denied,
    }),
    (part) => part.close(),
  );
  hideSecrets(access.token());
  const { pseudonym } = store;
  const isolation = stack.adopt(createIsolation({ config, record: recordAudit, pseudonym, logger: log.of('network') }), (part) =>
    part.close(),
  );
  egress.apply(egressRules(settings()));
  stack.adopt(recordRefusals(egress, { record: recordAudit, pseudonym, logger: log.of('network') }), (part) => part.close());
  const audit = stack.adopt(
    createAudit({
      settings: auditSettings,
      append: async (streamId, event, metadata) => {
        const result = await store.log.append({ events: [{ streamId, event, metadata }] });
        return result.ok ? result.first : 0;
      },
      pseudonym,
      logger: log.of('audit'),
    }),
    (part) => part.close(),
  );
  const { stateDir } = options;
  const tls = stack.adopt(
    await createTls({
      stateDir,
      configPath: options.configPath,
      config: settings(),
      record: (event) => record('certificate', event),
      logger: log.of('tls'),
    }),
    (part) => part.close(),
  );
  const exports = stack.adopt(
    new ExportJobs({ stateDir, gatewayId: opened.gatewayId, version, record: (event, actor) => record('audit', event, { actor }) }),
    (part) => part.close(),
  );
  const auditFeed = stack.adopt(
    createAuditFeed({ stateDir, gatewayId: opened.gatewayId, version, log: store.log, logger: log.of('audit') }),
    (part) => part.close(),
  );
  const witnesses = stack.adopt(
    createWitnesses({
      stateDir,
      gatewayId: opened.gatewayId,
      version,
      checkpoints: opened.checkpoints,
      head: () => opened.log.head(),
      record,
      logger: log.of('integrity'),
    }),
    (part) => part.close(),
  );
  const logCheck = stack.adopt(createLogCheck({ stateDir, record, witnessFile: () => witnesses.file() }), (part) => part.close());
  const remote = stack.adopt(createRemote({ stateDir, record: (event) => record('remote', event), logger: log.of('remote') }), (part) =>
    part.close(),
  );
  const firewall = createFirewall({ machine: firewallMachine(stateDir), record, logger: log.of('network') });
  const { gatewayId } = opened;
  const metricsExport = stack.adopt(createMetricsExport({ gatewayId, logger: log.of('metrics') }), (part) => part.close());
  const traces = stack.adopt(createTraces({ gatewayId, version, logger: log.of('traces') }), (part) => part.close());
  const models = createModels(settings().models, {
    kind: async (api) => (await builtInKind(api)) ?? extensions.model(api.replace(/^extension\//, '')),
  });
  const browsers = stack.adopt(
    createBrowsers({ settings: () => settings().tools.browser, egress, folder: join(stateDir, 'browser') }),
    (part) => part.close(),
  );
  const toolHost = createToolHost({ settings: () => settings().tools, workspacesDir: join(stateDir, 'workspaces'), browsers });
  const tools = createTools(settings().tools, { definitions: builtInTools(toolHost), more: () => mcp.tools() });
  const mcp = stack.adopt(createMcp({ folder: join(stateDir, 'mcp'), version, logger: log.of('mcp') }), (part) => part.close());
  const replays = stack.adopt(new Replays({ stateDir, store, tools: tools.registry, models }), (part) => part.close());
  const holds = createHolds(store.log);
  const manifest = { ...CHANNELS };
  const channels = new ChannelManager({
    manifest,
    holds,
    openOn: (channel, account) => pipeline.openOn(channel, account),
    config: settings().channels,
    receive: (submission) => pipeline.receive(submission),
    amend: (request) => pipeline.amend(request),
    record,
    logger: log.of('channels'),
    lastAliveAt: () => newest?.time,
    alsoProbed: () => hookProbes(settings().hooks),
  });
  const extensions = stack.adopt(
    createExtensions({
      stateDir,
      settings,
      record,
      history: () => wholeStream(store.log, 'extensions'),
      logger: log.of('extensions'),
      onOffers: (offers) => {
        tools.extend(offers.tools);
        offerChannels(manifest, offers.channels);
      },
    }),
    (part) => part.close(),
  );
  const attachments = stack.adopt(
    await createAttachments({ dir: join(stateDir, 'state'), store, settings: () => settings().attachments }),
    (part) => part.close(),
  );
  const fatal = (error: GatewayError): void => {
    logger.fatal({ code: error.code, details: error.details }, error.message);
    phase = 'stopping';
    // A process that ends while a thread is inside SQLite ends by a signal.
    const closed = Promise.allSettled([opened.close(), log.close()]);
    void Promise.race([closed, delay(FATAL_CLOSE_MS)]).then(() => end({ exitCode: 1, restart: true, error }));
  };
  // Whoever is the first to be refused by the log need not know what that means.
  void opened.failed.then((error) => phase !== 'stopping' && fatal(error));
  const budgets = stack.adopt(
    createBudgets({
      settings: () => settings().budgets,
      store,
      record,
      onError: (error) => logger.warn({ err: error }, 'what was used of the budgets could not be read or recorded'),
    }),
    (part) => part.close(),
  );
  const newest = opened.log.head() > 0 ? await opened.log.readAt(opened.log.head()) : undefined;
  const pairing = createPairing({ store });
  const savedViews = createSavedViews({ store });
  const pipeline: RunningPipeline = createPipeline(
    {
      store,
      config: () => config.current(),
      models,
      budget: budgets.refusal,
      routers: extensions.routers,
      tools,
      senders: withHookReplies(channels, () => settings().hooks),
      attachments,
      logger: log.of('pipeline'),
      now: steadyClock(newest?.time ?? 0),
      random: Math.random,
      redactor: opened.redactor,
      pairing,
      refusal: () => memory.refusal('message'),
    },
    fatal,
  );
  const schedules = createSchedules({ settings: () => settings().schedules, pipeline, store, record, logger: log.of('schedules') });
  const alerts = stack.adopt(
    createAlerts({
      stateDir,
      gatewayId,
      version,
      store,
      senders: channels,
      record,
      logger: log.of('alerts'),
      channels: () => channels.status(),
      oldestMessageAt: () => pipeline.activity().oldestMessageAt,
      certificateExpiresAt: () => certificateExpiry(tls),
      outlets: () => outlets({ metricsExport, traces, auditFeed, witnesses }),
    }),
    (part) => part.close(),
  );
  observers.add(traces.observe).add(alerts.observe).add(budgets.observe);
  const memory = stack.adopt(
    watchMemory({
      limit: () => settings().gateway.limits.memory,
      record: (event) => record(`gateway/${opened.gatewayId}`, event),
      logger: log.of('memory'),
      isQuiet: () => isQuiet(pipeline, store),
    }),
    (part) => part.close(),
  );
  const metricsHistory = stack.adopt(
    keepHistory({
      measurements: store.measurements,
      wanted: () => {
        const { enabled, collect } = settings().gateway.monitoring.metrics;
        return enabled ? wantedMetrics(collect) : () => false;
      },
      logger: log.of('metrics'),
    }),
    (part) => part.close(),
  );
  const components = stack.adopt(
    watchComponents(() => componentsOf(parts)),
    (part) => part.close(),
  );
  const { safeMode } = options;
  if (safeMode) pipeline.hold(safeModeError(safeMode));
  const { giveUp, forget } = pipeline;
  let retentionSchedule: RetentionSchedule | undefined;
  const data = new DataControl({ store, config: settings, now: Date.now, attachments, replays, giveUp, forget });
  const shutdown: Parts['shutdown'] = (reason, { restart = false } = {}) => void stop(reason, restart);
  const configTrials = stack.adopt(
    createConfigTrials({
      store: config,
      record: recordConfig,
      path: trialPath,
      problems: () => problemsOf(parts),
      restart: () => shutdown('the configuration on trial was undone', { restart: true }),
      logger,
    }),
    (part) => part.close(),
  );
  const parts: Parts = {
    gatewayId: opened.gatewayId,
    version,
    stateDir: options.stateDir,
    startedAt,
    phase: () => phase,
    config,
    configTrials,
    store,
    pipeline,
    pairing,
    savedViews,
    channels,
    channelHolds: channels,
    access,
    isolation,
    floods,
    tls,
    data,
    retentionSchedule: () => retentionSchedule,
    attachments,
    audit,
    exports,
    replays,
    auditFeed,
    witnesses,
    logCheck,
    remote,
    metricsExport,
    metricsHistory,
    components,
    doctor: createDoctor({ stateDir, configPath: options.configPath }),
    traces,
    alerts,
    models,
    budgets,
    schedules,
    extensions,
    tools,
    memory,
    logger: log.of('doors'),
    logLevel,
    ...(safeMode && { safeMode }),
    shutdown,
  };
  watchGateway(parts);
  watchLogger(log.lostLines);
  watchHolders(parts, pipeline);
  const warn = ({ warnings }: ConfigSnapshot) => warnings.forEach((finding) => void logger.warn({ path: finding.path }, sentence(finding)));
  warn(config.current());
  config.onChange(({ snapshot }) => {
    warn(snapshot);
    egress.apply(egressRules(snapshot.config));
    models.apply(snapshot.config.models);
    void budgets.read();
    if (!safeMode) void schedules.apply();
    tools.apply(snapshot.config.tools);
    if (!safeMode) void mcp.apply(snapshot.config.tools.mcp);
    extensions.apply();
    hideSecrets();
    void tls.apply(snapshot.config);
    pipeline.limitChanged();
    void auditFeed.apply(snapshot.config);
    void witnesses.apply(snapshot.config);
    void remote.apply(snapshot.config);
    void firewall.apply(snapshot.config);
    metricsExport.apply(snapshot.config);
    void traces.apply(snapshot.config);
    alerts.apply(snapshot.config);
    logLevel.apply();
    // What made it crash may be mended now.
    if (safeMode && !safeMode.asked) return shutdown('the configuration was changed in safe mode', { restart: true });
    channels
      .apply(snapshot.config.channels)
      .catch((error: unknown) => logger.error({ err: error }, 'the channels did not take the new configuration'));
  });

  await floods.bans.load(store.log);
  await Promise.all([pairing.load(), savedViews.load(), holds.load(), exports.load()]);
  const http = stack.adopt(await createHttp(parts), (part) => part.close());
  const address = await listen(http, config);
  const scheme = tls.enabled ? 'https' : 'http';
  const url = `${scheme}://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  // Replies that an earlier process left are sent through the channels, and what channels receive meanwhile waits for the pipeline.
  // A start that fails from here on must not leave behind what they have begun: the process could not end.
  stack.defer(() => pipeline.stop(0));
  stack.defer(() => channels.stop());
  stack.defer(() => schedules.stop());
  if (!safeMode) {
    await extensions.start();
    await channels.start();
  }
  await traces.apply(settings());
  await budgets.read();
  await takeUp(parts, pipeline, record, address);
  // What starting left behind would otherwise stay until there is much more of it. Nobody waits yet.
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  phase = 'ready';
  void auditFeed.apply(settings());
  void witnesses.apply(settings());
  if (!safeMode) void mcp.apply(settings().tools.mcp);
  await tls.start(address);
  void remote.apply(settings(), address);
  await firewall.apply(settings());
  metricsExport.apply(settings());
  await alerts.start(settings());
  config.watch();
  await configTrials.resume();
  logger.info({ url, version, position: store.log.head() }, 'gateway ready');

  if (safeMode) logger.warn({ ...safeMode, leave: LEAVE_SAFE_MODE }, `gateway in safe mode: ${safeModeError(safeMode).message}`);
  else {
    stack.adopt(
      scheduleIdle(pipeline, () => settings().gateway.sessions.timeout),
      (part) => part.stop(),
    );
    void schedules.apply();
    retentionSchedule = stack.adopt(scheduleRetention(data, settings, logger, SYSTEM), (part) => part.stop());
    stack.adopt(scheduleRetention(data, settings, log.of('retention'), SYSTEM), (part) => part.stop());
  }
  const { url: signInUrl } = await access.mintSignInLink(SYSTEM, settings().gateway.network.publicUrl ?? url);

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
    await remote.close();
    // What is stopped on purpose is nothing to be told of.
    await alerts.close();
    await schedules.stop();
    await pipeline.stop(settings().gateway.shutdown.drainTimeout);
    await channels.stop();
    await record(`gateway/${opened.gatewayId}`, GatewayStopped.create({ reason, uptimeMs: Date.now() - startedAt }));
    await resources.disposeAsync();
  };
  const reload = async (): Promise<void> => {
    logger.info('the configuration and the certificate are read again');
    await config.reload().catch(({ code, message }: GatewayError) => logger.warn({ code }, `configuration refused: ${message}`));
    await tls.reload();
  };
  return { url, token: access.token(), signInUrl, waitsFor: () => tls.pending()?.message, reload, stop, done };
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
