/**
 * The composition root: configuration → parts → start → stop. No logic of its own; whoever wants to know how the gateway
 * hangs together reads this file first, then `compose/`, where the parts are made.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError, GatewayStopped } from '@openclaw-gateway/events';
import { followConfig } from './compose/follow-config.ts';
import { type GatewayOptions, openFoundation } from './compose/foundation.ts';
import { compose } from './compose/index.ts';
import type { ConfigStore } from './config/index.ts';
import { createConfigTrials } from './config/trial.ts';
import { createHttp } from './http/index.ts';
import { safeModeError } from './operations/boot-record.ts';
import { componentsOf, watchComponents } from './operations/components.ts';
import { createDoctor } from './operations/doctor/run.ts';
import { problemsOf } from './operations/health.ts';
import { watchHolders } from './operations/holders.ts';
import { watchThreads } from './operations/memory-report.ts';
import { watchGateway, watchLogger } from './operations/metrics/index.ts';
import type { Parts, Phase } from './parts.ts';
import { scheduleIdle } from './pipeline/idle.ts';
import { DataControl } from './retention/data-control.ts';
import { type RetentionSchedule, scheduleRetention } from './retention/schedule.ts';
import { SYSTEM, takeUp } from './take-up.ts';

export type { GatewayOptions } from './compose/foundation.ts';

const LEAVE_SAFE_MODE = '`openclaw gateway restart --normal`, or a change of the configuration';
/** How long the threads may take to end after the log has failed. */
const FATAL_CLOSE_MS = 5000;

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

  const foundation = await openFoundation(options, stack);
  const { version, gatewayId, config, settings, log, logger, opened, store, record } = foundation;
  let stepDown: (() => void) | undefined;
  const fatal = (error: GatewayError): void => {
    if (error.code === 'LOG_FENCED' && stepDown) {
      stepDown();
      return;
    }
    logger.fatal({ code: error.code, details: error.details }, error.message);
    phase = 'stopping';
    // A process that ends while a thread is inside SQLite ends by a signal.
    const closed = Promise.allSettled([opened.close(), log.close()]);
    void Promise.race([closed, delay(FATAL_CLOSE_MS)]).then(() => end({ exitCode: 1, restart: true, error }));
  };
  // Whoever is the first to be refused by the log need not know what that means.
  void opened.failed.then((error) => phase !== 'stopping' && fatal(error));
  const stoodOn = await foundation.membership?.turn((standing) => options.onStandBy?.(standing));
  void foundation.membership?.lost.then((error) => phase !== 'stopping' && fatal(error));
  const composed = await compose(foundation, stack, fatal);
  const { floods, access, tls, remote, firewall, auditFeed, witnesses, scheduledCheck, exports, metricsExport, traces, alerts } = composed;
  const { mcp, extensions, channels, holds, attachments, budgets, pairing, savedViews, push, pipeline, replays, schedules } = composed;
  const components = stack.adopt(
    watchComponents(() => componentsOf(parts)),
    (part) => part.close(),
  );
  const { safeMode } = options;
  if (safeMode) pipeline.hold(safeModeError(safeMode));
  const { giveUp, forget } = pipeline;
  const data = new DataControl({ store, config: settings, now: Date.now, attachments, replays, giveUp, forget });
  const shutdown: Parts['shutdown'] = (reason, { restart = false } = {}) => void stop(reason, restart);
  const configTrials = stack.adopt(
    createConfigTrials({
      store: config,
      record: foundation.recordConfig,
      path: foundation.trialPath,
      problems: () => problemsOf(parts),
      restart: () => shutdown('the configuration on trial was undone', { restart: true }),
      logger,
    }),
    (part) => part.close(),
  );
  let retentionSchedule: RetentionSchedule | undefined;
  const parts: Parts = {
    ...composed,
    logger: log.of('doors'),
    channelHolds: channels,
    testMessage: composed.testMessage,
    startedAt,
    phase: () => phase,
    components,
    doctor: createDoctor(options),
    configTrials,
    data,
    retentionSchedule: () => retentionSchedule,
    ...(safeMode && { safeMode }),
    shutdown,
  };
  watchGateway(parts);
  watchLogger(log.lostLines);
  watchHolders(parts, pipeline);
  followConfig(composed, safeMode, shutdown);

  await floods.bans.load(store.log);
  await Promise.all([pairing.load(), savedViews.load(), push.load(), holds.load(), exports.load()]);
  const http = stack.adopt(await createHttp(parts), (part) => part.close());
  const address = await listen(http, config, stoodOn);
  foundation.membership?.listensOn(address.port);
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
  scheduledCheck.apply(settings().gateway.logging.audit);
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
    retentionSchedule = stack.adopt(scheduleRetention(data, settings, log.of('retention'), SYSTEM), (part) => part.stop());
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
  let isFenced = false;
  stepDown = () => {
    isFenced = true;
    logger.warn('another instance has taken over: this one stands by');
    void stop('another instance has taken over', true);
  };
  const stopInOrder = async (reason: string): Promise<void> => {
    phase = 'stopping';
    logger.info({ reason }, 'gateway stopping');
    // What the log cannot take now is done by the instance that takes over.
    const isCutOff = foundation.membership?.refusal() !== undefined;
    if (isCutOff) opened.shared?.giveUp();
    const isMute = isFenced || isCutOff;
    foundation.membership?.drain();
    await remote.close();
    // What is stopped on purpose is nothing to be told of.
    await alerts.close();
    await schedules.stop();
    await pipeline.stop(isMute ? 0 : settings().gateway.shutdown.drainTimeout);
    await channels.stop();
    if (!isMute) await record(`gateway/${gatewayId}`, GatewayStopped.create({ reason, uptimeMs: Date.now() - startedAt }));
    await resources.disposeAsync();
  };
  const reload = async (): Promise<void> => {
    logger.info('the configuration and the certificate are read again');
    await config.reload().catch(({ code, message }: GatewayError) => logger.warn({ code }, `configuration refused: ${message}`));
    await tls.reload();
  };
  return { url, token: access.token(), signInUrl, waitsFor: () => tls.pending()?.message, reload, stop, done };
}

async function listen(
  http: Awaited<ReturnType<typeof createHttp>>,
  config: ConfigStore,
  stoodOn: number | undefined,
): Promise<{ host: string; port: number }> {
  const { host, port: configured } = config.current().config.gateway.network;
  const port = stoodOn ?? configured;
  try {
    await http.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new GatewayError('PORT_TAKEN', { message: `Another process listens on ${host}:${port}.`, details: { host, port } });
  }
  const bound = http.address();
  return { host, port: bound?.port ?? port };
}
