/** What a projection is. It folds the log into tables of views.db; no clock, no network, no randomness may enter. */
import type { StoredEvent } from '@openclaw-gateway/events/envelope';

/** The transaction a projection writes in, for a page of events. Statements are prepared once for each SQL text. */
export type ViewsTransaction = {
  run(sql: string, ...values: readonly SqlValue[]): void;
  /** The first row of a query. */
  first<Row>(sql: string, ...values: readonly SqlValue[]): Row | undefined;
};
export type SqlValue = string | number | Uint8Array | null;

/** An event whose data is read, and unsealed, when it is first looked at. */
export type ProjectedEvent = StoredEvent & {
  /** The data with placeholders for what is personal: cheaper, where nothing personal is needed. */
  readonly openData: unknown;
};

export type ProjectionDefinition = {
  readonly name: string;
  /** Raising it makes new tables, which are filled from the start of the log. */
  readonly version: number;
  /** The event types it is told of. */
  readonly handles: readonly string[] | 'all';
  /** Of which of them it reads the data: what is named here comes along, anything else is fetched one by one. */
  readonly reads: readonly string[];
  /** The statements that make its tables. Each table is called `tableName(name)` or `tableName(name_…)`. */
  readonly tables: readonly string[];
  /**
   * Folds a page of the events it handles into its tables. A page may be one event or thousands, and the outcome is the same:
   * what many events do to one row is gathered and written once.
   */
  readonly apply: (tx: ViewsTransaction, events: readonly ProjectedEvent[]) => void;
  /** Removes what the tables hold of the data of these events, because it can no longer be read in the log. The rest stays. */
  readonly forget: (tx: ViewsTransaction, positions: readonly number[]) => void;
};

/**
 * Declares a projection.
 * @example
 * const Denials = defineProjection({
 *   name: 'denials',
 *   version: 1,
 *   handles: ['auth.denied'],
 *   reads: [],
 *   tables: [`CREATE TABLE ${tableName('denials', 1)} (position INTEGER PRIMARY KEY) STRICT`],
 *   apply: (tx, events) => {
 *     for (const event of events) tx.run(`INSERT INTO ${tableName('denials', 1)} VALUES (?)`, event.position);
 *   },
 *   forget: () => {},
 * });
 */
export function defineProjection(definition: ProjectionDefinition): ProjectionDefinition {
  return definition;
}

/** A table of a projection's version, so that two versions can stand beside each other. @example tableName('sessions', 2) // 'sessions__v2' */
export function tableName<Name extends string, Version extends number>(name: Name, version: Version): `${Name}__v${Version}` {
  return `${name}__v${version}`;
}
