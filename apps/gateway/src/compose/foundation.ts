/** What every part stands on: the configuration, the log of the process, the store, and how something is recorded there. */
import { join } from 'node:path';
import { openStore, type Store } from '@openclaw-gateway/db';
import type { EventMetadata, NewEvent } from '@openclaw-gateway/events';
import packageManifest from '../../package.json' with { type: 'json' };
import { recordIfOn } from '../audit/index.ts';
import type { RecordConfigEvent } from '../config/index.ts';
import { notePathIn } from '../config/note.ts';
import { secrets } from '../config/secrets.ts';
import { openConfigStore } from '../config/store.ts';
import { trialPathIn, undoUnconfirmed } from '../config/trial.ts';
import { databaseOf } from '../instances/database.ts';
import type { StandingBy } from '../instances/membership.ts';
import type { SafeMode } from '../operations/boot-record.ts';
import { controlLogLevel } from '../operations/log-level.ts';
import { openLogger } from '../operations/logs.ts';
import { type EventObserver, instrumentLog, metrics } from '../operations/metrics/index.ts';
import { SYSTEM } from '../take-up.ts';

export type GatewayOptions = {
  readonly stateDir: string;
  readonly configPath: string;
  /** Override what the configuration says. Port 0 takes a free one. */
  readonly port?: number;
  readonly bind?: string;
  /** Without sign-in, also where other machines reach it. */
  readonly letAnyoneIn?: boolean;
  readonly verbose?: boolean;
  /** Hears that another instance leads: this one stands by until it is its turn. */
  readonly onStandBy?: (standing: StandingBy) => void;
  /** Show and configure, but connect no channel, take no message and call no model. */
  readonly safeMode?: SafeMode;
};

export type Foundation = Awaited<ReturnType<typeof openFoundation>>;

/** Throws LOG_LOCKED when another process has the directory, CONFIG_* for a bad configuration, LOG_* when the log cannot be trusted. */
export async function openFoundation(options: GatewayOptions, stack: AsyncDisposableStack) {
  const { stateDir, configPath } = options;
  const overrides = {
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.bind === undefined ? {} : { host: options.bind }),
  };
  const [notePath, trialPath] = [notePathIn(stateDir), trialPathIn(stateDir)];
  await undoUnconfirmed({ config: configPath, trial: trialPath, note: notePath });
  const recordConfig: RecordConfigEvent = (event, metadata) => record('config', event, metadata);
  const config = stack.adopt(
    await openConfigStore({
      path: configPath,
      notePath,
      record: recordConfig,
      overrides,
      ...(options.letAnyoneIn && { exceptions: { letAnyoneIn: true } }),
    }),
    (part) => part.close(),
  );
  const settings = () => config.current().config;
  const log = stack.adopt(await openLogger(settings(), { dir: stateDir, verbose: options.verbose === true }), (part) => part.close());
  const joinShared = async (url: string) => {
    const { joinInstances } = await import('../instances/membership.ts');
    const { config: inForce } = config.current();
    return await joinInstances({
      url,
      stateDir,
      config: inForce,
      version: packageManifest.version,
      store: () => opened,
      logger: log.of('instances'),
    });
  };
  const database = databaseOf(settings(), process.env);
  // Left last, when nothing is added to the log any more.
  const membership = database && stack.adopt(await joinShared(database.url), (part) => part.close());
  const opened = stack.adopt(
    await openStore({
      dir: join(stateDir, 'state'),
      secrets: [...secrets(settings()), ...secrets(database)],
      onCommit: metrics.committed,
      ...(database && { database: { ...database, inTurns: true } }),
    }),
    (part) => part.close(),
  );
  const observers = new Set<EventObserver>();
  const store: Store = { ...opened, log: instrumentLog(opened.log, observers) };
  const record = async (streamId: string, event: NewEvent, metadata: EventMetadata = { actor: SYSTEM }): Promise<void> => {
    await store.log.append({ events: [{ streamId, event, metadata }] });
  };
  const tokens = new Set<string>();
  /** What the configuration names and every token that was in force since the start stay out of log and log file. */
  const hideSecrets = (token?: string): void => {
    if (token !== undefined) tokens.add(token);
    const texts = [...secrets(settings()), ...secrets(database), ...tokens];
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
  return {
    version: packageManifest.version,
    stateDir,
    configPath,
    trialPath,
    config,
    settings,
    log,
    logger: log.of('gateway'),
    logLevel,
    opened,
    membership,
    gatewayId: opened.gatewayId,
    store,
    /** Who is told of each event once it is durable. */
    observers,
    record,
    recordConfig,
    recordAudit: recordIfOn(record, () => settings().gateway.logging.audit),
    hideSecrets,
  };
}
