/** What a projection is. It folds the log into tables of views.db; no clock, no network, no randomness may enter. */
import type { StoredEvent } from '@openclaw-gateway/events/envelope';

/** The transaction a projection writes in, for a page of events. Statements are prepared once for each SQL text. */
export type ViewsTransaction = {
  /** Runs a statement now. */
  run(sql: string, ...values: readonly SqlValue[]): void;
  /**
   * Runs a statement at the end of the page, once however often it was asked for with these values, and with the number of
   * times as its last value. For what many events of a page do alike; nothing may read the table in between.
   */
  tally(sql: string, ...values: readonly SqlValue[]): void;
};
export type SqlValue = string | number | Uint8Array | null;

export type ProjectionDefinition = {
  readonly name: string;
  /** Raising it makes new tables, which are filled from the start of the log. */
  readonly version: number;
  /** The event types it is told of. */
  readonly handles: readonly string[] | 'all';
  /** The statements that make its tables. Each table is called `tableName(name)` or `tableName(name_…)`. */
  readonly tables: readonly string[];
  readonly apply: (tx: ViewsTransaction, event: StoredEvent) => void;
  /** Removes what the tables hold about a session's people; the rest stays. */
  readonly erase: (tx: ViewsTransaction, sessionId: string) => void;
};

/**
 * Declares a projection.
 * @example
 * const Denials = defineProjection({
 *   name: 'denials',
 *   version: 1,
 *   handles: ['auth.denied'],
 *   tables: [`CREATE TABLE ${tableName('denials', 1)} (position INTEGER PRIMARY KEY) STRICT`],
 *   apply: (tx, event) => tx.run(`INSERT INTO ${tableName('denials', 1)} VALUES (?)`, event.position),
 *   erase: () => {},
 * });
 */
export function defineProjection(definition: ProjectionDefinition): ProjectionDefinition {
  return definition;
}

/** A table of a projection's version, so that two versions can stand beside each other. @example tableName('sessions', 2) // 'sessions__v2' */
export function tableName<Name extends string, Version extends number>(name: Name, version: Version): `${Name}__v${Version}` {
  return `${name}__v${version}`;
}
