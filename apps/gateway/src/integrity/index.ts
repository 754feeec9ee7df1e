/**
 * Publishes the log's checkpoints to witnesses: whoever owns this machine can rewrite the log and sign it anew, but not what
 * others already hold. Whatever happens to a witness, the pipeline does not notice; operators do.
 */
import { join } from 'node:path';
import type { Checkpoints } from '@openclaw-gateway/db';
import { type EventMetadata, type NewEvent, WitnessContradicted, WitnessFailed, WitnessRecovered } from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import { createDestination, type Sender } from '../export/feed/destination.ts';
import type { Logger } from '../operations/logs.ts';
import { Cursors } from './cursors.ts';
import { WitnessPublisher, type WitnessStatus } from './witness.ts';

/** How long a stop waits for the last checkpoint to reach the witnesses; they get it on the next start otherwise. */
const FAREWELL_MS = 2_000;

type Settings = Config['gateway']['logging']['audit']['witnesses'][number];

export { type CheckRange, createLogCheck, type LogCheck, type LogCheckState } from './log-check.ts';
export { type ProvenEvent, proveEvent } from './prove.ts';
export { CHECKED_BY, createScheduledCheck, type ScheduledCheck } from './scheduled-check.ts';

export type WitnessesOptions = Sender & {
  readonly stateDir: string;
  readonly checkpoints: Checkpoints;
  readonly head: () => number;
  readonly record: (streamId: string, event: NewEvent, metadata?: EventMetadata) => Promise<void>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly firstRetryMs?: number;
  readonly farewellMs?: number;
};

export type Witnesses = {
  /** Takes up another configuration. */
  readonly apply: (config: Config) => Promise<void>;
  readonly status: () => readonly (WitnessStatus & { readonly destination: string })[];
  /** The file of a witness that is one and holds a checkpoint of this log: what a check of the log can be held against. */
  readonly file: () => string | undefined;
  /** Makes a last checkpoint and lets the witnesses have it. */
  readonly close: () => Promise<void>;
};

export function createWitnesses(options: WitnessesOptions): Witnesses {
  const { stateDir, checkpoints, head, record, logger } = options;
  const cursors = new Cursors(join(stateDir, 'state', 'witnesses.json'));
  const running = new Map<string, { readonly destination: string; readonly publisher: WitnessPublisher }>();
  let changing: Promise<void> = Promise.resolve();

  const report = (event: NewEvent): void => {
    record('audit', event).catch((error: unknown) => logger.error({ err: error }, 'what a witness did could not be recorded'));
  };
  const stopListening = [
    checkpoints.onMade(() => {
      for (const { publisher } of running.values()) publisher.wake();
    }),
    checkpoints.onContradiction((size) => {
      logger.error({ size, head: head() }, 'the log is not the one that an earlier checkpoint was signed for; run `openclaw audit verify`');
      report(WitnessContradicted.create({ size, head: head() }));
    }),
  ];

  const start = (settings: Settings): WitnessPublisher => {
    const destination = shown(settings.destination);
    return new WitnessPublisher({
      name: settings.destination,
      form: isAddress(settings.destination) ? 'json' : 'note',
      destination: createDestination(settings as Parameters<typeof createDestination>[0], options),
      checkpoints,
      cursors,
      onFailing: ({ takenTo, problem = '' }) => {
        logger.error({ destination, takenTo, problem }, 'a witness takes no checkpoints; they are kept and sent again');
        report(
          WitnessFailed.create({
            destination,
            takenTo,
            head: head(),
            problem: { code: 'WITNESS_FAILED', message: problem.slice(0, 2000) },
          }),
        );
      },
      onRecovered: ({ takenTo }) => {
        logger.info({ destination, takenTo }, 'a witness takes checkpoints again');
        report(WitnessRecovered.create({ destination, takenTo }));
      },
      ...(options.firstRetryMs !== undefined && { firstRetryMs: options.firstRetryMs }),
    });
  };

  const change = async (wanted: readonly Settings[]): Promise<void> => {
    const keys = new Map(wanted.map((settings) => [JSON.stringify(settings), settings]));
    for (const [key, { publisher }] of running) {
      if (keys.has(key)) continue;
      running.delete(key);
      await publisher.stop();
    }
    for (const [key, settings] of keys) {
      if (!running.has(key)) running.set(key, { destination: shown(settings.destination), publisher: start(settings) });
    }
  };
  const enqueue = (act: () => Promise<void>): Promise<void> => {
    changing = changing.then(act);
    return changing;
  };

  return {
    apply: (config) => enqueue(() => change(config.gateway.logging.audit.witnesses)),
    status: () => [...running.values()].map(({ destination, publisher }) => ({ destination, ...publisher.status })),
    file: () =>
      [...running.values()].find(({ destination, publisher }) => !isAddress(destination) && publisher.status.takenTo > 0)?.destination,
    close: () =>
      enqueue(async () => {
        if (running.size > 0) {
          await checkpoints.make().catch((error: unknown) => logger.warn({ err: error }, 'no last checkpoint could be made'));
          await Promise.all([...running.values()].map(({ publisher }) => publisher.drain(options.farewellMs ?? FAREWELL_MS)));
        }
        for (const stop of stopListening) stop();
        await change([]);
      }),
  };
}

/** Whether a destination is a server rather than a file. */
function isAddress(destination: string): boolean {
  return /^[a-z+]+:\/\//i.test(destination);
}

/** An address without the user, password and query it may hold. */
function shown(destination: string): string {
  const url = isAddress(destination) ? URL.parse(destination) : null;
  return url ? `${url.protocol}//${url.host}${url.pathname}` : destination;
}
