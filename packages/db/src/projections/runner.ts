/**
 * Folds the log into the views of one file, page by page. A page's effects and the new checkpoint are one transaction of it,
 * so each event counts exactly once although the log is another file: the log never changes. Synchronous, without threads.
 */

import { GatewayError } from '@openclaw-gateway/events/errors';
import { CHAIN_START } from '../chain.ts';
import type { Connection, Statement } from '../sqlite/connection.ts';
import type { LazyReadOptions, LogReader } from '../sqlite/reads.ts';
import type { ProjectionProgress } from '../store.ts';
import { type ProjectedEvent, type ProjectionDefinition, type SqlValue, tableName, type ViewsTransaction } from './define.ts';
import type { ViewErasure } from './protocol.ts';

const PAGE = 1000;
/** While the log is far ahead: fewer and larger transactions, each still short enough that a read can wait for it. */
const CATCH_UP_PAGE = 8000;

type Running = {
  readonly definition: ProjectionDefinition;
  readonly handles: ReadonlySet<string> | undefined;
  position: number;
  stopped: { readonly position: number; readonly message: string } | undefined;
};

type Wanted = Pick<LazyReadOptions, 'types' | 'bodiesOf'>;

export class ProjectionRunner {
  readonly #log: LogReader;
  readonly #views: Connection;
  readonly #running: readonly Running[];
  readonly #transaction: PageTransaction;
  readonly #wanted = new Map<string, Wanted>();

  /** Makes what tables are missing and drops those of versions older than the previous one, and of projections that are not there any more. */
  constructor(log: LogReader, views: Connection, definitions: readonly ProjectionDefinition[]) {
    this.#log = log;
    this.#views = views;
    this.#transaction = new PageTransaction(views);
    this.#running = views
      .transaction(() => {
        dropOthers(views, definitions);
        return definitions.map((definition) => prepare(views, definition));
      })
      .immediate();
  }

  /** The position that every view shows; a projection that stopped holds it back. */
  get position(): number {
    return Math.min(...this.#running.map((running) => running.position));
  }

  /** How much of the log has been looked at; nothing that stopped holds it back. */
  get frontier(): number {
    const going = this.#running.filter((running) => !running.stopped);
    return going.length > 0 ? Math.max(...going.map((running) => running.position)) : this.#log.head();
  }

  get progress(): readonly ProjectionProgress[] {
    return this.#running.map(({ definition, position, stopped }) => ({ name: definition.name, position, stopped: stopped !== undefined }));
  }

  /** Applies one page to each projection that is behind. Returns whether more waits. */
  step(): boolean {
    let more = false;
    // The furthest first: one that is built anew must not hold up those that are live.
    const going = this.#running.filter((running) => !running.stopped).sort((a, b) => b.position - a.position);
    let next = Number.POSITIVE_INFINITY;
    const head = this.#log.head();
    for (let from = 0; from < going.length; ) {
      const position = going[from]?.position ?? 0;
      const group = going.filter((running) => running.position === position);
      from += group.length;
      // Not past the group in front: once level with it, both read each page together.
      const upTo = Math.min(position + (head - position > CATCH_UP_PAGE ? CATCH_UP_PAGE : PAGE), next, head);
      if (upTo > position) this.#apply(group, this.#log.readLazily({ after: position, upTo, ...this.#wantedBy(group) }), upTo);
      next = upTo;
      more ||= upTo < head;
    }
    return more;
  }

  has(name: string): boolean {
    return this.#running.some(({ definition }) => definition.name === name);
  }

  /** Lets a stopped projection go on. Throws `BAD_REQUEST` when it has not stopped or does not exist. */
  resume(name: string, action: 'retry' | 'skip'): void {
    const running = this.#running.find((candidate) => candidate.definition.name === name);
    if (!running?.stopped) throw new GatewayError('BAD_REQUEST', { message: `No projection ${name} has stopped.` });
    this.#save(running, action === 'skip' ? running.stopped.position : running.position, undefined);
  }

  /** Has every projection forget it. */
  erase({ positions, scrub = false }: ViewErasure): void {
    this.#views.pragma('secure_delete = ON');
    this.#views
      .transaction(() => {
        for (const { definition } of this.#running) {
          definition.forget(this.#transaction, positions);
          // What an older program would show is not kept for it: nobody tells it what to forget.
          if (scrub) dropOlder(this.#views, definition);
        }
      })
      .immediate();
    this.#views.pragma('secure_delete = OFF');
    if (!scrub) return;
    // A page that was rewritten earlier may still hold what stood there, and so may the write-ahead log.
    this.#views.exec('VACUUM');
    this.#views.pragma('wal_checkpoint(TRUNCATE)');
  }

  /** What a page has to bring along; the same sets for the same projections. */
  #wantedBy(group: readonly Running[]): Wanted {
    const key = group.map(({ definition }) => definition.name).join();
    const known = this.#wanted.get(key);
    if (known) return known;
    const handled = group.map(({ handles }) => handles);
    const wanted: Wanted = {
      types: handled.includes(undefined) ? 'all' : new Set(handled.flatMap((types) => [...(types ?? [])])),
      bodiesOf: new Set(group.flatMap(({ definition }) => definition.reads)),
    };
    this.#wanted.set(key, wanted);
    return wanted;
  }

  #apply(group: readonly Running[], page: readonly ProjectedEvent[], upTo: number): void {
    this.#views
      .transaction(() => {
        for (const running of group) this.#applyTo(running, page, upTo);
      })
      .immediate();
  }

  #applyTo(running: Running, page: readonly ProjectedEvent[], upTo: number): void {
    if (this.#attempt(running, page) === undefined) {
      this.#save(running, upTo, undefined);
      return;
    }
    for (const event of page) {
      const message = this.#attempt(running, [event]);
      if (message === undefined) continue;
      this.#save(running, event.position - 1, { position: event.position, message });
      return;
    }
    this.#save(running, upTo, undefined);
  }

  /** All of the page or nothing of it; says why it could not be applied. */
  #attempt({ definition, handles }: Running, page: readonly ProjectedEvent[]): string | undefined {
    try {
      this.#views.transaction(() => {
        definition.apply(this.#transaction, handles ? page.filter((event) => handles.has(event.type)) : page);
      })();
      return undefined;
    } catch (error) {
      if (isFileFailure(error)) throw error;
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Compare-and-set, so that two runners can never both count an event. */
  #save(running: Running, position: number, stopped: Running['stopped']): void {
    const { name, version } = running.definition;
    const { changes } = this.#transaction.run(
      `UPDATE projections SET position = ?, log_hash = ?, stopped_position = ?, stopped_message = ? WHERE name = ? AND version = ? AND position = ?`,
      position,
      this.#log.hashAt(position) ?? CHAIN_START,
      stopped?.position ?? null,
      stopped?.message ?? null,
      name,
      version,
      running.position,
    );
    if (changes !== 1) throw new GatewayError('VIEW_UNAVAILABLE', { message: `Something else moved the projection ${name}.` });
    running.position = position;
    running.stopped = stopped;
  }
}

class PageTransaction implements ViewsTransaction {
  readonly #db: Connection;
  readonly #statements = new Map<string, Statement>();

  constructor(db: Connection) {
    this.#db = db;
  }

  run(sql: string, ...values: readonly SqlValue[]): { readonly changes: number } {
    return this.#prepared(sql).run(...values);
  }

  first<Row>(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#prepared(sql).get(...values) as Row | undefined;
  }

  #prepared(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

type CheckpointRow = { version: number; position: number; stopped_position: number | null; stopped_message: string | null };

function prepare(views: Connection, definition: ProjectionDefinition): Running {
  const { name, version } = definition;
  const rows = views
    .prepare<[string], CheckpointRow>('SELECT version, position, stopped_position, stopped_message FROM projections WHERE name = ?')
    .all(name);
  for (const row of rows) {
    if (row.version < version - 1) drop(views, name, row.version);
  }
  const row = rows.find((candidate) => candidate.version === version);
  if (!row) {
    for (const statement of definition.tables) views.exec(statement);
    views.prepare('INSERT INTO projections (name, version, position, log_hash) VALUES (?, ?, 0, ?)').run(name, version, CHAIN_START);
  }
  return {
    definition,
    handles: definition.handles === 'all' ? undefined : new Set(definition.handles),
    position: row?.position ?? 0,
    stopped: row && row.stopped_position !== null ? { position: row.stopped_position, message: row.stopped_message ?? '' } : undefined,
  };
}

function dropOthers(views: Connection, definitions: readonly ProjectionDefinition[]): void {
  const rows = views.prepare<[], { name: string; version: number }>('SELECT name, version FROM projections').all();
  for (const { name, version } of rows) if (!definitions.some((definition) => definition.name === name)) drop(views, name, version);
}

function dropOlder(views: Connection, { name, version }: ProjectionDefinition): void {
  const versions = views.prepare<[string, number], number>('SELECT version FROM projections WHERE name = ? AND version < ?').pluck();
  for (const older of versions.all(name, version)) drop(views, name, older);
}

function drop(views: Connection, name: string, version: number): void {
  const tables = views.prepare<[string, string], string>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND (name = ? OR name GLOB ?)`,
  );
  for (const table of tables.pluck().all(tableName(name, version), tableName(`${name}_*`, version))) views.exec(`DROP TABLE "${table}"`);
  views.prepare('DELETE FROM projections WHERE name = ? AND version = ?').run(name, version);
}

/** A failure of the file is nobody's poison event. */
function isFileFailure(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^SQLITE_(IOERR|FULL|CORRUPT|NOTADB|CANTOPEN|READONLY|PROTOCOL|BUSY|NOMEM)/.test(code);
}
