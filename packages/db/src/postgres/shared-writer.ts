/**
 * What the writer's thread does when the log lies in PostgreSQL: batches go to the database, and what is stored there, by whomever, is copied
 * into the state directory, where everything is read. Without the database nothing is stored: new messages are refused, what was
 * begun waits for it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorBody, GatewayError } from '@openclaw-gateway/events/errors';
import type pg from 'pg';
import type { ChainedRow } from '../chain.ts';
import { batches, bringsMessage } from '../sqlite/batches.ts';
import type { LogMaintenance } from '../sqlite/maintenance.ts';
import { openError } from '../sqlite/open-error.ts';
import type { FileSizes, FromWriter, MaintenanceTask, WireRequest, WireResult } from '../sqlite/protocol.ts';
import { subjectsOf } from '../sqlite/wire.ts';
import type { LogWriter } from '../sqlite/writer.ts';
import { connect, databaseError, hangUp, isAnswer, isLost, loseWhenSilent, Silence } from './connection.ts';
import { follow } from './follow.ts';
import { dropShared, type Removal, type RemovalCursor, removalsAfter } from './removals.ts';
import type { SharedKeys } from './shared-keys.ts';
import { type Appended, appendShared, hashAt, isStored, KeysChanged, readRows } from './shared-log.ts';

/** Few, so that the head is not held for long. */
const MAX_EVENTS = 1000;
const PAGE = 1000;
const FIRST_WAIT_MS = 50;
const MOST_WAIT_MS = 2000;
/** None begins with it. */
const NO_EPOCH = -1;
/** Locks and statements that took too long, deadlocks: the same again may well succeed. */
const TRANSIENT = /^(55P03|57014|40P01|40001)$/;

/** A batch that was handed to the database. `commitMs` says that it is committed there; what is left then is to copy and to answer it. */
type Handed = { readonly appended: Appended; readonly batch: readonly WireRequest[]; readonly since: number; commitMs?: number };

export type SharedParts = {
  readonly url: string;
  readonly listenUrl: string;
  /** Nothing is stored before `lead`. */
  readonly inTurns: boolean;
  readonly copy: LogWriter;
  readonly keys: SharedKeys;
  readonly cursor: RemovalCursor;
  readonly maintenance: LogMaintenance;
  /** Why this machine can take no new messages. */
  readonly refusal: () => ErrorBody | undefined;
  readonly sizes: () => FileSizes;
  readonly send: (message: FromWriter) => void;
  /** Something was copied. */
  readonly wrote: () => void;
};

export class SharedWriter {
  readonly #parts: SharedParts;
  readonly #closing = new AbortController();
  readonly #waiting: WireRequest[] = [];
  readonly #tasks: (readonly [id: number, task: MaintenanceTask])[] = [];
  readonly #ownRemovals = new Set<number>();
  #client: pg.Client | undefined;
  #epoch: number | undefined;
  /** Not answered yet. Of the last alone it may be unknown whether it is committed. */
  readonly #handed: Handed[] = [];
  #isBehind = true;
  #away: ErrorBody | undefined;
  #failure: ErrorBody | undefined;
  #running: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  #isClosing = false;

  constructor(parts: SharedParts) {
    this.#parts = parts;
    if (parts.inTurns) this.#epoch = NO_EPOCH;
  }

  /** Copies what is stored until now. Rejects with `LOG_MISMATCH`, `LOG_CORRUPT` or what `pg` throws. */
  async start(client: pg.Client): Promise<void> {
    const { copy } = this.#parts;
    const shared = copy.head === 0 ? copy.hash : await hashAt(client, copy.head);
    if (!shared || Buffer.compare(shared, copy.hash) !== 0) throw new GatewayError('LOG_MISMATCH', { details: { position: copy.head } });
    this.#client = client;
    await this.#catchUp(client);
    loseWhenSilent(client);
    const look = () => {
      this.#isBehind = true;
      this.#wake();
    };
    this.#following = follow({
      url: this.#parts.listenUrl,
      signal: this.#closing.signal,
      look,
      told: (position) => position > (this.#handed.at(-1)?.appended.head ?? copy.head) && look(),
    });
  }

  append(requests: readonly WireRequest[]): void {
    this.#waiting.push(...requests);
    this.#refuseWhileAway();
    this.#wake();
  }

  maintain(id: number, task: MaintenanceTask): void {
    this.#tasks.push([id, task]);
    this.#wake();
  }

  lead(epoch: number): void {
    this.#epoch = epoch;
  }

  giveUp(): void {
    this.fail(this.#away ?? new GatewayError('DATABASE_UNAVAILABLE').toBody());
  }

  /** Nothing is stored any more, and what waits is told so. */
  fail(error: ErrorBody): void {
    this.#failure ??= error;
    const handed = this.#handed.splice(0);
    for (const { appended } of handed.filter(isCommitted)) this.#answer(appended.answers);
    const waiting = [...handed.filter((each) => !isCommitted(each)).flatMap(({ batch }) => batch), ...this.#waiting.splice(0)];
    for (const [id] of this.#tasks.splice(0)) this.#parts.send({ kind: 'maintained', id, error: this.#failure });
    this.#answer(refused(waiting, this.#failure), { failure: this.#failure });
  }

  /** Stores what waits, unless the database is away. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#away) this.#closing.abort();
    await this.#running;
    this.#closing.abort();
    await this.#following;
    if (this.#client) await hangUp(this.#client);
  }

  #wake(): void {
    if (this.#failure) this.fail(this.#failure);
    else
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
  }

  async #run(): Promise<void> {
    while (!this.#failure && (this.#handed.length > 0 || this.#waiting.length > 0 || this.#tasks.length > 0 || this.#isBehind)) {
      try {
        const client = this.#client ?? (await this.#reconnect());
        if (!client) return;
        await this.#step(client);
      } catch (error) {
        if (isLost(error) || isTransient(error)) this.#lost();
        else this.fail((isAnswer(error) ? databaseError(error) : openError(error)).toBody());
        // Who waited for that long is not to wait for a connection as well.
        if (error instanceof Silence) this.#goAway(databaseError(error).toBody());
      }
    }
  }

  async #step(client: pg.Client): Promise<void> {
    await this.#settle(client);
    const [batch] = batches(this.#waiting, MAX_EVENTS);
    if (batch) {
      this.#waiting.splice(0, batch.length);
      await this.#append(client, batch);
    }
    // Where another batch follows at once, it is finished while the database stores that, unless rows of another instance come before it.
    if (this.#waiting.length === 0 || this.#handed.length > 1) await this.#finish(client);
    const task = this.#tasks[0];
    if (task) {
      await this.#maintain(client, ...task);
      this.#tasks.shift();
    }
    if (this.#isBehind) await this.#catchUp(client);
  }

  async #append(client: pg.Client, all: readonly WireRequest[]): Promise<void> {
    const refusal = this.#parts.refusal();
    const batch = refusal ? all.filter((request) => !bringsMessage(request)) : all;
    if (refusal) this.#answer(refused(all.filter(bringsMessage), refusal));
    if (batch.length === 0) return;
    const since = performance.now();
    let handed: Handed | undefined;
    try {
      await this.#parts.keys.ensure(client, subjectsOf(batch));
      const appended = await appendShared(client, this.#parts.keys, batch, {
        ...(this.#epoch !== undefined && { epoch: this.#epoch }),
        onStoring: (storing) => {
          handed = { appended: storing, batch, since };
          this.#handed.push(handed);
        },
        meanwhile: () => this.#finishOwn(),
      });
      // Nothing to be stored is committed as well.
      if (!handed) this.#handed.push({ appended, batch, since, commitMs: 0 });
      else handed.commitMs = performance.now() - since;
    } catch (error) {
      if (error instanceof KeysChanged) this.#parts.keys.forget();
      else if (isAnswer(error)) return await this.#refusedBy(client, error, batch);
      if (!handed) this.#waiting.unshift(...batch);
      if (error instanceof KeysChanged) return;
      throw error;
    }
  }

  /** One request may be at fault: alone it is refused, among others each is tried alone. */
  async #refusedBy(client: pg.Client, error: pg.DatabaseError, batch: readonly WireRequest[]): Promise<void> {
    if (this.#handed.at(-1)?.batch === batch) this.#handed.pop();
    await client.query('ROLLBACK');
    if (isTransient(error)) this.#waiting.unshift(...batch);
    else if (batch.length > 1) for (const request of batch) await this.#append(client, [request]);
    else this.#answer(refused(batch, new GatewayError('INTERNAL', { details: { cause: error.message } }).toBody()));
  }

  /** Where the connection was lost before the answer to a commit came. */
  async #settle(client: pg.Client): Promise<void> {
    const last = this.#handed.at(-1);
    const row = last?.appended.rows.at(-1);
    if (!last || !row || isCommitted(last)) return;
    if (await isStored(client, row)) {
      last.commitMs = performance.now() - last.since;
      return;
    }
    this.#handed.pop();
    // What was heard of meanwhile may be what another instance stored in its place.
    this.#isBehind = true;
    this.#waiting.unshift(...last.batch);
    this.#refuseWhileAway();
  }

  /** Answers what is committed once it can be read here. */
  async #finish(client: pg.Client): Promise<void> {
    this.#finishOwn();
    const last = this.#handed.at(-1);
    if (!last) return;
    if (last.appended.head > this.#parts.copy.head) await this.#copyRest(client);
    this.#finishOwn();
  }

  /** The same as far as nothing of another instance comes before it. */
  #finishOwn(): void {
    const { copy } = this.#parts;
    for (let next = this.#handed[0]; next && isCommitted(next); next = this.#handed[0]) {
      const { answers, rows, head } = next.appended;
      if (rows[0]?.position === copy.head + 1) copy.copyOwn(rows);
      if (head > copy.head) return;
      this.#handed.shift();
      this.#answer(answers, rows.length > 0 ? { commitMs: next.commitMs } : {});
      this.#parts.wrote();
    }
  }

  async #catchUp(client: pg.Client): Promise<void> {
    this.#isBehind = false;
    try {
      await this.#copyRest(client);
      await this.#takeRemovals(client);
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }

  async #copyRest(client: pg.Client): Promise<void> {
    const { copy } = this.#parts;
    for (;;) {
      const rows = await readRows(client, copy.head, PAGE);
      if (rows.length === 0) return;
      await this.#fetchKeys(client, rows);
      copy.copy(rows);
      this.#answer([]);
      this.#parts.wrote();
      if (rows.length < PAGE) return;
    }
  }

  async #fetchKeys(client: pg.Client, rows: readonly ChainedRow[]): Promise<void> {
    const { keys } = this.#parts;
    const sealed = rows.filter((row) => row.sealed).map(({ metadata }) => (JSON.parse(metadata) as { readonly subject?: string }).subject);
    const missing = keys.missing(new Set(sealed.filter((subject) => subject !== undefined)));
    if (missing.size > 0) await keys.fetch(client, missing);
  }

  async #takeRemovals(client: pg.Client): Promise<void> {
    const { cursor } = this.#parts;
    for (;;) {
      const removals = await removalsAfter(client, cursor.no);
      for (const removal of removals) {
        if (!this.#ownRemovals.delete(removal.no)) await this.#takeOver(client, removal);
        cursor.moveTo(removal.no);
      }
      if (removals.length === 0) return;
    }
  }

  async #takeOver(client: pg.Client, { subject, madeUntil, positions }: Removal): Promise<void> {
    const { keys, maintenance, send } = this.#parts;
    if (subject !== null) {
      keys.destroyCopy(subject, madeUntil ?? 0);
      // What the person wrote since may be here already, and its key may not.
      await keys.fetch(client, new Set([subject]));
      send({ kind: 'removed', subject });
    }
    if (positions) {
      maintenance.run({ name: 'drop_bodies', positions });
      send({ kind: 'removed', positions });
    }
  }

  async #maintain(client: pg.Client, id: number, task: MaintenanceTask): Promise<void> {
    try {
      this.#parts.send({ kind: 'maintained', id, value: await this.#runTask(client, task) });
    } catch (error) {
      if (!isAnswer(error)) throw error;
      await client.query('ROLLBACK');
      this.#parts.send({ kind: 'maintained', id, error: databaseError(error).toBody() });
    }
  }

  /** In the database first: what is gone there is taken out of every copy, also out of this one should it end now. */
  async #runTask(client: pg.Client, task: MaintenanceTask): Promise<number> {
    const { keys, maintenance } = this.#parts;
    if (task.name === 'catch_up') await this.#catchUp(client);
    if (task.name === 'destroy_key') {
      const { found, no } = await keys.destroy(client, task.subject, task.madeUntil);
      this.#ownRemovals.add(no);
      keys.destroyCopy(task.subject, task.madeUntil);
      return Number(found);
    }
    if ((task.name === 'drop_bodies' && !task.areArchived) || task.name === 'replace_segment')
      this.#ownRemovals.add((await dropShared(client, task.positions)).no);
    return maintenance.run(task);
  }

  async #reconnect(): Promise<pg.Client | undefined> {
    for (let waitMs = FIRST_WAIT_MS; !this.#closing.signal.aborted; waitMs = Math.min(2 * waitMs, MOST_WAIT_MS)) {
      try {
        this.#client = await connect(this.#parts.url, 'writer');
        loseWhenSilent(this.#client);
        if (this.#away) this.#parts.send({ kind: 'database' });
        this.#away = undefined;
        return this.#client;
      } catch (error) {
        this.#goAway(databaseError(error).toBody());
      }
      await delay(waitMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
    return undefined;
  }

  #lost(): void {
    if (this.#client) void hangUp(this.#client);
    this.#client = undefined;
  }

  #goAway(error: ErrorBody): void {
    if (!this.#away) this.#parts.send({ kind: 'database', error });
    this.#away = error;
    this.#refuseWhileAway();
    if (this.#isClosing) this.#closing.abort();
  }

  #refuseWhileAway(): void {
    if (!this.#away) return;
    const messages = this.#waiting.filter(bringsMessage);
    if (messages.length === 0) return;
    const rest = this.#waiting.filter((request) => !bringsMessage(request));
    this.#waiting.splice(0, Number.POSITIVE_INFINITY, ...rest);
    this.#answer(refused(messages, this.#away));
  }

  #answer(
    results: readonly (readonly [number, WireResult])[],
    more: { readonly commitMs?: number; readonly failure?: ErrorBody } = {},
  ): void {
    this.#parts.send({ kind: 'results', head: this.#parts.copy.head, results, sizes: this.#parts.sizes(), ...more });
  }
}

function isCommitted(handed: Handed): handed is Handed & { commitMs: number } {
  return handed.commitMs !== undefined;
}

function isTransient(error: unknown): boolean {
  return isAnswer(error) && TRANSIENT.test(error.code ?? '');
}

function refused(requests: readonly WireRequest[], error: ErrorBody): (readonly [number, WireResult])[] {
  return requests.map(({ id }) => [id, { kind: 'failed', error }]);
}
