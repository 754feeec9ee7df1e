/**
 * The continuous export of the audit trail: follows the log from where the destination last got something, in a thread of its
 * own. Whatever happens to the destination, the pipeline does not notice; operators do.
 */

import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { EventLog } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import type { Config } from '../../config/index.ts';
import type { Logger } from '../../operations/logs.ts';
import type { FeedWork, FromFeed, ToFeed } from './audit-feed.worker.ts';
import type { FeedStatus } from './deliver.ts';
import { type FeedSettings, feedSettings } from './settings.ts';

const HEAD_WAIT_MS = 60_000;
const RESTART_MS = 5_000;

export type AuditFeedStatus =
  | { readonly state: 'off' }
  | ({ readonly destination: string; readonly format: FeedSettings['format'] } & Omit<FeedStatus, 'state'> & {
        readonly state: 'starting' | FeedStatus['state'];
      });

export type AuditFeedOptions = {
  readonly stateDir: string;
  readonly gatewayId: string;
  readonly version: string;
  readonly log: Pick<EventLog, 'head' | 'waitForHead'>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
};

export type AuditFeed = {
  /** Takes up another configuration; begins, changes or ends the export. */
  readonly apply: (config: Config) => Promise<void>;
  readonly status: () => AuditFeedStatus;
  readonly close: () => Promise<void>;
};

type Running = { readonly settings: FeedSettings; readonly stop: () => Promise<void>; status: AuditFeedStatus };

export function createAuditFeed(options: AuditFeedOptions): AuditFeed {
  let running: Running | undefined;
  let changing: Promise<void> = Promise.resolve();
  const change = async (settings: FeedSettings | undefined): Promise<void> => {
    if (isDeepStrictEqual(settings, running?.settings)) return;
    await running?.stop();
    running = settings && follow(options, settings);
  };
  const enqueue = (settings: FeedSettings | undefined): Promise<void> => {
    changing = changing.then(() => change(settings));
    return changing;
  };
  return {
    apply: (config) => enqueue(feedSettings(config)),
    status: () => running?.status ?? { state: 'off' },
    close: () => enqueue(undefined),
  };
}

function follow(options: AuditFeedOptions, settings: FeedSettings): Running {
  const { stateDir, gatewayId, version, log, logger } = options;
  const { destination, format } = settings;
  const stopped = new AbortController();
  const workerData: FeedWork = {
    databases: join(stateDir, 'state'),
    cursorFile: join(stateDir, 'exports', 'continuous.json'),
    settings,
    gatewayId,
    version,
  };
  let worker: Worker | undefined;
  let ended: Promise<void> = Promise.resolve();
  let restart: NodeJS.Timeout | undefined;

  const onStatus = (status: FeedStatus): void => {
    const before = running.status.state;
    running.status = { ...status, destination: shown(destination), format };
    if (status.state === before) return;
    const details = { destination: shown(destination), position: status.position };
    if (status.state === 'failing')
      logger.error({ ...details, problem: status.problem }, 'the audit trail cannot be exported; it is kept and tried again');
    else logger.info(details, 'the audit trail is being exported');
  };
  const start = (): void => {
    const thread = new Worker(new URL('./audit-feed.worker.ts', import.meta.url), {
      name: 'audit-feed',
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 },
    });
    worker = thread;
    ended = new Promise((resolve) => thread.once('exit', () => resolve()));
    thread.on('message', ({ status }: FromFeed) => onStatus(status));
    thread.on('error', (error) => {
      const { position = 0, head = 0, delivered = 0, failures = 0 } = running.status.state === 'off' ? {} : running.status;
      onStatus({ state: 'failing', position, head, delivered, failures: failures + 1, problem: error.message });
      if (!stopped.signal.aborted) restart = setTimeout(start, RESTART_MS).unref();
    });
  };
  const watchHead = async (): Promise<void> => {
    for (let head = log.head(); !stopped.signal.aborted; ) {
      const open = await log.waitForHead(head + 1, HEAD_WAIT_MS).then(() => true, isLate);
      if (!open) return;
      head = Math.max(head, log.head());
      worker?.postMessage({ kind: 'head', head } satisfies ToFeed);
    }
  };
  const running: Running = {
    settings,
    status: { state: 'starting', position: 0, head: log.head(), delivered: 0, failures: 0, destination: shown(destination), format },
    stop: async () => {
      stopped.abort();
      clearTimeout(restart);
      worker?.postMessage({ kind: 'stop' } satisfies ToFeed);
      await ended;
    },
  };
  start();
  void watchHead();
  return running;
}

/** Nothing new within the time, rather than the end of the log. */
function isLate(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'DEADLINE_EXCEEDED';
}

/** A destination without the credentials that its address may hold. */
function shown(destination: string): string {
  const url = /^[a-z+]+:\/\//.test(destination) ? URL.parse(destination) : undefined;
  if (!url) return destination;
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}
