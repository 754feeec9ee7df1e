/**
 * Who may be erased, what is kept and for how long. Decides and records; what is done to the files is the store's.
 * The same for a running gateway and for the command line over a stopped one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ArchivedSegment, Kept, Store, SubjectFile } from '@openclaw-gateway/db';
import {
  type Actor,
  Data,
  DataArchived,
  DataErased,
  DataErasureRequested,
  DataHeld,
  DataReleased,
  DataRetained,
  type DataState,
  GatewayError,
  type Hold,
  holdKey,
  isId,
  type NewEvent,
} from '@openclaw-gateway/events';
import type { Attachments } from '../attachments/index.ts';
import type { Config } from '../config/index.ts';
import { subjectOf } from '../pipeline/context.ts';
import type { Replays } from '../replays/index.ts';
import { type ErasureReport, erasureReport } from './report.ts';

const STREAM = 'data';
const PAGE = 1000;
const VIEWS_TIMEOUT_MS = 60_000;
/** Unfinished conversations beyond this many are a fault; nothing is removed while it lasts. */
const MAX_UNFINISHED = 10_000;
/** After a run was cancelled its conversation has this long to become quiet. */
const QUIET_MS = 5000;
const QUIET_POLL_MS = 20;

export type HoldTarget = Pick<Hold, 'kind' | 'id'>;

export type RetainReport = {
  readonly dryRun: boolean;
  /** ISO times: what is older was removed, or archived. */
  readonly contentBefore: string;
  readonly debugBefore: string;
  readonly archiveBefore: string;
  readonly content: number;
  readonly debug: number;
  readonly removedFromArchive: number;
  readonly kept: number;
  /** Files that came with messages, removed because no event needs them any more. */
  readonly files: number;
  readonly segments: readonly ArchivedSegment[];
};

export type DataControlParts = {
  readonly store: Store;
  readonly config: () => Config;
  readonly now: () => number;
  /** The files that came with messages. */
  readonly attachments?: Pick<Attachments, 'sweep' | 'has'>;
  /** What was found when conversations were run again. */
  readonly replays?: Pick<Replays, 'eraseReports'>;
  /** Cancels what a person waits for. Nothing to do where no pipeline runs. */
  readonly giveUp?: (subject: string, sessionIds: readonly string[]) => Promise<void>;
  /** Forgets what is in memory of these conversations. */
  readonly forget?: (sessionIds: readonly string[]) => void;
};

export class DataControl {
  readonly #parts: DataControlParts;

  constructor(parts: DataControlParts) {
    this.#parts = parts;
  }

  /** The person behind `telegram:12345` or `sub_…`. Throws `BAD_REQUEST` for anything else. */
  subject(person: string): string {
    if (isId('subject', person)) return person;
    const [, channel, senderId] = /^([a-z][a-z0-9-]{0,31}):(.+)$/s.exec(person) ?? [];
    if (channel === undefined || senderId === undefined) {
      throw new GatewayError('BAD_REQUEST', { message: 'The person must be given as channel:id, such as telegram:12345, or as sub_….' });
    }
    return subjectOf(this.#parts.store, channel, senderId);
  }

  /** What a hold is put on: a person may be named as the channel names them. Throws `BAD_REQUEST` when it is not an id. */
  target({ kind, id }: HoldTarget): HoldTarget {
    if (kind === 'subject') return { kind, id: this.subject(id) };
    if (isId('session', id)) return { kind, id };
    throw new GatewayError('BAD_REQUEST', { message: 'The session must be given by its id, ses_….' });
  }

  /**
   * Makes what a person wrote and is called unreadable for good, and says what was and what could not be removed.
   * Throws `SUBJECT_UNKNOWN`, and `LEGAL_HOLD` when the person or one of their conversations is held.
   */
  async erase(
    person: string,
    options: { readonly reason: string; readonly dryRun: boolean; readonly actor: Actor },
  ): Promise<ErasureReport> {
    const { store } = this.#parts;
    const { reason, dryRun, actor } = options;
    const subject = this.subject(person);
    const name = person.slice(person.indexOf(':') + 1);
    if (subject !== person && reason.includes(name)) {
      throw new GatewayError('BAD_REQUEST', { message: 'The reason is kept for ever, so the person must not be named in it.' });
    }
    const trace = await store.retention.trace(subject);
    if (trace.events === 0) throw new GatewayError('SUBJECT_UNKNOWN');
    const holds = holdsOn(
      await this.#state(),
      subject,
      trace.sessions.map(({ sessionId }) => sessionId),
    );
    if (holds.length > 0 && !dryRun) {
      throw new GatewayError('LEGAL_HOLD', { details: { holds: holds.map(({ kind, id }) => ({ kind, id })) } });
    }
    const planned = await this.#filesOf(subject);
    if (dryRun) return erasureReport({ trace, dryRun, holds, keyDestroyed: false, files: { ...planned, left: [] } });
    await this.#record(DataErasureRequested.create({ subject, reason }), actor);
    const keyDestroyed = await this.#finishErasure(subject, actor);
    const left = await this.#stillThere(planned.removed);
    const removed = planned.removed.filter((file) => !left.includes(file));
    return erasureReport({ trace, dryRun, holds, keyDestroyed, files: { ...planned, removed, left } });
  }

  /** Finishes what a crash left half done, and destroys keys again that were brought back with an old copy of keys.db. */
  async recover(actor: Actor): Promise<void> {
    const { erasing, erasedUntil } = await this.#state();
    for (const [subject, madeUntil] of erasedUntil) {
      if (await this.#parts.store.retention.destroyKey(subject, madeUntil)) await this.#parts.store.retention.eraseViews(subject);
    }
    for (const subject of erasing.keys()) await this.#finishErasure(subject, actor);
  }

  async holds(): Promise<readonly Hold[]> {
    return [...(await this.#state()).holds.values()];
  }

  async hold(target: HoldTarget, reason: string, actor: Actor): Promise<void> {
    await this.#record(DataHeld.create({ target, reason }), actor);
  }

  /** Resolves with whether there was such a hold. */
  async release(target: HoldTarget, reason: string, actor: Actor): Promise<boolean> {
    if (!(await this.#state()).holds.has(holdKey(target))) return false;
    await this.#record(DataReleased.create({ target, reason }), actor);
    return true;
  }

  /** Removes bodies whose time is over and archives old ones. With `dryRun` it only says what would be done. */
  async retain({
    dryRun,
    actor,
    signal,
  }: {
    readonly dryRun: boolean;
    readonly actor: Actor;
    readonly signal?: AbortSignal;
  }): Promise<RetainReport> {
    const { store, config, now, forget } = this.#parts;
    const { sessions, retention } = config().gateway;
    const time = now();
    const cutoffs = {
      contentBefore: time - sessions.historyRetention,
      debugBefore: time - retention.debug,
      archiveBefore: time - retention.archiveAfter,
    };
    const plan = { ...cutoffs, kept: await this.#kept() };
    const options = { dryRun, ...(signal && { signal }) };
    const expired = await store.retention.expire(plan, options);
    const { content, debug, archived, kept } = expired;
    const times = { contentBefore: Math.max(0, cutoffs.contentBefore), debugBefore: Math.max(0, cutoffs.debugBefore) };
    const files = dryRun ? 0 : await this.#sweep();
    if (!dryRun && content + debug + archived + files > 0) {
      await this.#record(DataRetained.create({ ...times, content, debug, archived, kept, files }), actor);
      forget?.(expired.sessions);
    }
    const { segments } = await store.retention.archive(plan, {
      ...options,
      onSegment: (segment) => this.#record(DataArchived.create(segment), actor),
    });
    return {
      dryRun,
      contentBefore: iso(cutoffs.contentBefore),
      debugBefore: iso(cutoffs.debugBefore),
      archiveBefore: iso(cutoffs.archiveBefore),
      content,
      debug,
      removedFromArchive: archived,
      kept,
      files,
      segments,
    };
  }

  /** What was sealed until now becomes unreadable; what the person writes from now on gets a new key. */
  async #finishErasure(subject: string, actor: Actor): Promise<boolean> {
    const { retention } = this.#parts.store;
    const before = await retention.trace(subject);
    const sessionIds = before.sessions.map(({ sessionId }) => sessionId);
    await this.#quieten(subject, sessionIds);
    const madeUntil = this.#parts.now();
    // Whenever it was made: a clock that was set back must not save a key.
    const keyDestroyed = await retention.destroyKey(subject, Number.MAX_SAFE_INTEGER);
    this.#parts.forget?.(sessionIds);
    await retention.eraseViews(subject);
    await this.#parts.replays?.eraseReports();
    const files = await this.#sweep();
    const { events } = before;
    await this.#record(DataErased.create({ subject, madeUntil, events, sessions: sessionIds.length, keyDestroyed, files }), actor);
    return keyDestroyed;
  }

  /** What of a person's files would go with them, and what others need. */
  async #filesOf(subject: string): Promise<{ readonly removed: readonly string[]; readonly kept: readonly string[] }> {
    const { attachments, store } = this.#parts;
    if (!attachments) return { removed: [], kept: [] };
    await store.waitForViews(store.log.head(), VIEWS_TIMEOUT_MS);
    const files = await store.views.attachmentsOf(subject);
    const names = (needed: boolean) => files.filter((file: SubjectFile) => file.needed === needed).map(({ file }) => file);
    return { removed: names(false), kept: names(true) };
  }

  /** How many files went. What could not be looked at now cannot be opened either, and goes the next time. */
  async #sweep(): Promise<number> {
    const swept = await this.#parts.attachments?.sweep().catch(() => undefined);
    return swept?.removed.length ?? 0;
  }

  async #stillThere(files: readonly string[]): Promise<readonly string[]> {
    const { attachments } = this.#parts;
    const there = await Promise.all(files.map((file) => attachments?.has(file) ?? false));
    return files.filter((_, index) => there[index]);
  }

  /** Nothing of the person may be under way: it would be written, or sent, after the erasure. */
  async #quieten(subject: string, sessionIds: readonly string[]): Promise<void> {
    const { store, giveUp } = this.#parts;
    if (!giveUp) return;
    await giveUp(subject, sessionIds);
    const deadline = performance.now() + QUIET_MS;
    for (const sessionId of sessionIds) {
      while (performance.now() < deadline) {
        const { open } = await store.pipeline.sessionState(sessionId);
        if (![...open.values()].some((message) => message.subject === subject && message.run === 'running')) break;
        await delay(QUIET_POLL_MS);
      }
    }
  }

  async #kept(): Promise<Kept> {
    const { store } = this.#parts;
    await store.waitForViews(store.log.head(), VIEWS_TIMEOUT_MS);
    const unfinishedSessions: string[] = [];
    for (let after = 0; ; ) {
      const page = await store.pipeline.unsettledSessions({ after, limit: PAGE });
      unfinishedSessions.push(...page.map((session) => session.sessionId));
      if (page.length < PAGE) break;
      if (unfinishedSessions.length > MAX_UNFINISHED) throw new GatewayError('OVERLOADED');
      after = page.at(-1)?.firstPosition ?? after;
    }
    const holds = await this.holds();
    const held = (kind: Hold['kind']) => holds.filter((hold) => hold.kind === kind).map((hold) => hold.id);
    return { heldSessions: held('session'), heldSubjects: held('subject'), unfinishedSessions };
  }

  async #state(): Promise<DataState> {
    const { log } = this.#parts.store;
    let state = Data.initial();
    for (let afterVersion = 0; log.head() > 0; ) {
      const page = await log.readStream(STREAM, { afterVersion, limit: PAGE });
      for (const event of page) state = Data.evolve(state, event);
      afterVersion += page.length;
      if (page.length < PAGE) break;
    }
    return state;
  }

  async #record(event: NewEvent, actor: Actor): Promise<void> {
    await this.#parts.store.log.append({ events: [{ streamId: STREAM, event, metadata: { actor } }] });
  }
}

function holdsOn({ holds }: DataState, subject: string, sessionIds: readonly string[]): Hold[] {
  const targets = [{ kind: 'subject', id: subject } as const, ...sessionIds.map((id) => ({ kind: 'session', id }) as const)];
  return targets.map((target) => holds.get(holdKey(target))).filter((hold) => hold !== undefined);
}

function iso(time: number): string {
  return new Date(Math.max(0, time)).toISOString();
}
