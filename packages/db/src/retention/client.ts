/** Erasing, archiving and removing, step by step: one thread finds, the writer changes, nobody waits long for either. */
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { ViewErasure } from '../projections/protocol.ts';
import type { SqliteLog } from '../sqlite/log.ts';
import type { ArchivedSegment, ArchiveReport, Retention, RetentionPlan, RetentionReport, SubjectTrace } from './port.ts';
import type { RetentionThread } from './thread.ts';

/** Bodies taken out of the log in one transaction, between which appends go on. */
const BODIES_AT_ONCE = 100;
const IDLE_MS = 2000;

type Options = { readonly dryRun?: boolean; readonly signal?: AbortSignal };

/** What does the steps: a thread, where there is a gateway beside it. */
export type StepRunner = Pick<RetentionThread, 'step' | 'end'>;

export type RetentionParts = {
  readonly log: Pick<SqliteLog, 'maintain' | 'erase'>;
  readonly eraseViews: (erasure: ViewErasure) => Promise<void>;
  readonly steps: () => StepRunner;
};

export class RetentionClient implements Retention {
  readonly #log: RetentionParts['log'];
  readonly #eraseViews: RetentionParts['eraseViews'];
  readonly #connect: RetentionParts['steps'];
  /** One at a time: two would find the same bodies. */
  #last: Promise<unknown> = Promise.resolve();
  #thread: StepRunner | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ log, eraseViews, steps }: RetentionParts) {
    this.#log = log;
    this.#eraseViews = eraseViews;
    this.#connect = steps;
  }

  trace(subject: string): Promise<SubjectTrace> {
    return this.#alone(async (thread) => {
      const sessions = new Map<string, number>();
      const total = { events: 0, sealedEvents: 0 };
      const times: number[] = [];
      for (let after = 0, done = false; !done; ) {
        const slice = await thread.step('trace', subject, after);
        total.events += slice.trace.events;
        total.sealedEvents += slice.trace.sealedEvents;
        if (slice.trace.firstTime !== undefined) times.push(slice.trace.firstTime, slice.trace.lastTime ?? slice.trace.firstTime);
        for (const { sessionId, events } of slice.trace.sessions) sessions.set(sessionId, (sessions.get(sessionId) ?? 0) + events);
        ({ scannedTo: after, done } = slice);
      }
      return {
        subject,
        ...total,
        ...(times.length > 0 && { firstTime: times[0] ?? 0, lastTime: times.at(-1) ?? 0 }),
        sessions: [...sessions].map(([sessionId, events]) => ({ sessionId, events })),
        hasKey: await thread.step('hasKey', subject),
      };
    });
  }

  destroyKey(subject: string, madeUntil: number): Promise<boolean> {
    return this.#log.erase(subject, madeUntil);
  }

  eraseViews(subject: string): Promise<readonly string[]> {
    return this.#alone(async (thread) => {
      const sessions = new Set<string>();
      for (let after = 0, done = false; !done; ) {
        const slice = await thread.step('trace', subject, after);
        if (slice.positions.length > 0) await this.#eraseViews({ positions: slice.positions });
        for (const { sessionId } of slice.trace.sessions) sessions.add(sessionId);
        ({ scannedTo: after, done } = slice);
      }
      await this.#eraseViews({ positions: [], scrub: true });
      await this.#log.maintain({ name: 'truncate_wal' });
      return [...sessions];
    });
  }

  expire(plan: RetentionPlan, { dryRun = false, signal }: Options = {}): Promise<RetentionReport> {
    return this.#alone(async (thread) => {
      const report = { content: 0, debug: 0, archived: 0, kept: 0 };
      const sessions = new Set<string>();
      for (let after = 0, done = false; !done && !signal?.aborted; ) {
        const slice = await thread.step('due', plan, after);
        if (!dryRun) await this.#remove([...slice.content, ...slice.debug]);
        report.content += slice.content.length;
        report.debug += slice.debug.length;
        report.kept += slice.kept;
        for (const sessionId of slice.sessions) sessions.add(sessionId);
        ({ scannedTo: after, done } = slice);
      }
      if (!dryRun) await thread.step('removeStrays');
      for (let after = 0; !signal?.aborted; ) {
        const [segment] = await thread.step('segments', after);
        if (!segment) break;
        after = segment.first;
        const expiry = await thread.step('expireSegment', plan, segment, dryRun);
        if (!expiry) continue;
        report.archived += expiry.positions.length;
        for (const sessionId of expiry.sessions) sessions.add(sessionId);
        if (dryRun) continue;
        await this.#log.maintain({
          name: 'replace_segment',
          first: expiry.first,
          positions: expiry.positions,
          ...(expiry.by && { by: expiry.by }),
        });
        await thread.step('removeStrays');
        await this.#eraseViews({ positions: expiry.positions });
        after = expiry.by?.first ?? after;
      }
      return { ...report, sessions: [...sessions] };
    });
  }

  archive(
    plan: RetentionPlan,
    { dryRun = false, signal, onSegment }: Options & { readonly onSegment?: (segment: ArchivedSegment) => Promise<void> } = {},
  ): Promise<ArchiveReport> {
    return this.#alone(async (thread) => {
      const segments: ArchivedSegment[] = [];
      if (!dryRun) await thread.step('removeStrays');
      for (let after = 0, done = false; !done && !signal?.aborted; ) {
        const slice = await thread.step('nextSegment', plan, after, dryRun);
        ({ scannedTo: after, done } = slice);
        if (!slice.written) continue;
        const { segment, row, positions } = slice.written;
        segments.push(segment);
        if (dryRun) continue;
        // With the first bodies the segment is recorded: from then on a reader finds them there.
        await this.#log.maintain({ name: 'archive_bodies', segment: row, positions: positions.slice(0, BODIES_AT_ONCE) });
        await this.#drop(positions.slice(BODIES_AT_ONCE), { areArchived: true });
        await onSegment?.(segment);
      }
      return { segments, events: segments.reduce((sum, { events }) => sum + events, 0) };
    });
  }

  /** Ends what is under way: it goes on where it was when it is next asked for. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  async #remove(positions: readonly number[]): Promise<void> {
    await this.#drop(positions);
    if (positions.length > 0) await this.#eraseViews({ positions });
  }

  async #drop(positions: readonly number[], where: { readonly areArchived?: true } = {}): Promise<void> {
    for (let at = 0; at < positions.length; at += BODIES_AT_ONCE) {
      const startedAt = performance.now();
      await this.#log.maintain({ name: 'drop_bodies', positions: positions.slice(at, at + BODIES_AT_ONCE), ...where });
      // The writer belongs to the messages at least half of the time.
      await delay(performance.now() - startedAt);
    }
  }

  #alone<T>(act: (thread: StepRunner) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new GatewayError('SHUTTING_DOWN'));
    const run = this.#last.then(async () => {
      clearTimeout(this.#idle);
      this.#thread ??= this.#connect();
      return await act(this.#thread);
    });
    this.#last = run.then(
      () => this.#rest(),
      () => this.#end(),
    );
    return run;
  }

  /** The thread's memory is given back when nothing more comes. */
  #rest(): void {
    this.#idle = setTimeout(() => void this.#end(), IDLE_MS);
    this.#idle.unref();
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.end();
  }
}
