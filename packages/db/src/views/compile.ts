/** Typed SQL that is built by Kysely once and prepared once: its types at the price of a prepared statement. */
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { ATTACHMENTS_TABLE, AttachmentTableRow } from '../projections/attachments.ts';
import type { SqlValue } from '../projections/define.ts';
import type { CHUNKS_TABLE, COUNTS_TABLE } from '../projections/explorer.ts';
import type { MESSAGES_TABLE, MessageRow, TRAFFIC_TABLE, TrafficRow } from '../projections/messages.ts';
import type { SESSIONS_TABLE, SessionTableRow } from '../projections/sessions.ts';
import type { USAGE_TABLE, UsageTableRow } from '../projections/usage.ts';
import type { Connection, Statement } from '../sqlite/connection.ts';

type ViewsSchema = {
  [CHUNKS_TABLE]: { facet: number; value: string; chunk: number };
  [COUNTS_TABLE]: { width_ms: number; bucket: number; type: string; channel: string; agent: string; events: number };
  [SESSIONS_TABLE]: SessionTableRow;
  [MESSAGES_TABLE]: MessageRow;
  [TRAFFIC_TABLE]: TrafficRow;
  [ATTACHMENTS_TABLE]: AttachmentTableRow;
  [USAGE_TABLE]: UsageTableRow;
  projections: ProjectionRow;
  'words.projections': ProjectionRow;
};

type ProjectionRow = {
  name: string;
  version: number;
  position: number;
  log_hash: Uint8Array;
  stopped_position: number | null;
  stopped_message: string | null;
};

const builder = new Kysely<ViewsSchema>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

type Arguments = Readonly<Record<string, SqlValue>>;
type Argument = <Value extends SqlValue = number>(name: string) => Value;
type Compilable<Row> = {
  compile(): { readonly sql: string; readonly parameters: readonly unknown[]; readonly query: unknown };
  executeTakeFirst(): Promise<Row | undefined>;
};

class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

type Prepared = { readonly statement: Statement; readonly parameters: readonly unknown[] };

/** The prepared statements of one connection. */
export class Queries {
  readonly #db: Connection;
  readonly #prepared = new Map<string, Prepared>();

  constructor(db: Connection) {
    this.#db = db;
  }

  /**
   * All rows of a query. `key` names its text: `build` is called once for each key, and gives `argument(name)` where a value
   * of `values` belongs.
   */
  all<Row>(key: string, values: Arguments, build: (db: Kysely<ViewsSchema>, argument: Argument) => Compilable<Row>): Row[] {
    const { statement, parameters } = this.#prepare(key, build);
    return statement.all(
      ...parameters.map((parameter) => (parameter instanceof Placeholder ? values[parameter.name] : parameter)),
    ) as Row[];
  }

  #prepare<Row>(key: string, build: (db: Kysely<ViewsSchema>, argument: Argument) => Compilable<Row>): Prepared {
    const known = this.#prepared.get(key);
    if (known) return known;
    const compiled = build(builder, <Value>(name: string) => new Placeholder(name) as Value).compile();
    const prepared = { statement: this.#db.prepare(compiled.sql), parameters: compiled.parameters };
    this.#prepared.set(key, prepared);
    return prepared;
  }
}
