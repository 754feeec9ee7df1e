/** The log, the projections and the reads without their threads, for tests that try many histories. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppendRequest } from '../log.ts';
import type { ProjectionDefinition } from '../projections/define.ts';
import { PROJECTIONS_BY_FILE } from '../projections/index.ts';
import { ProjectionRunner } from '../projections/runner.ts';
import { ProjectionRunners } from '../projections/runners.ts';
import { Redactor } from '../redact/redactor.ts';
import { SubjectKeys } from '../sealing/subject-keys.ts';
import { type Connection, openReadOnly, openWritable } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles, VIEWS_FILE } from '../sqlite/files.ts';
import { LogReader } from '../sqlite/reads.ts';
import { serialise } from '../sqlite/wire.ts';
import { LogWriter } from '../sqlite/writer.ts';
import { PipelineReader } from '../views/pipeline-reads.ts';
import { ViewReader } from '../views/view-reads.ts';

export class InThreadStore {
  readonly dir = mkdtempSync(join(tmpdir(), 'openclaw-views-'));
  readonly events: Connection;
  readonly log: LogReader;
  readonly keys: SubjectKeys;
  readonly #writer: LogWriter;
  readonly #open: Connection[] = [];
  readonly #words = new Map<Connection, Connection>();
  readonly #redactor = new Redactor([]);

  constructor() {
    this.events = this.#keep(openWritable(stateFiles(this.dir).events, { ...EVENTS_FILE, synchronous: 'NORMAL' }));
    this.keys = new SubjectKeys(stateFiles(this.dir).keys);
    this.#writer = new LogWriter(this.events, this.keys);
    this.log = new LogReader(this.#keep(openReadOnly(stateFiles(this.dir).events, EVENTS_FILE)));
  }

  append(...requests: readonly AppendRequest[]): void {
    for (const [, result] of this.#writer.append(requests.map((request, id) => serialise(id, request, this.#redactor).wire))) {
      if (result.kind !== 'stored') throw new Error(`not stored: ${JSON.stringify(result)}`);
    }
  }

  /** Views of their own, empty at first. The same name is the same files. */
  views(name: string): Connection {
    const views = this.#keep(openWritable(join(this.dir, `${name}.db`), VIEWS_FILE));
    const words = this.#keep(openWritable(join(this.dir, `${name}-words.db`), VIEWS_FILE));
    views.prepare('ATTACH ? AS words').run(words.name);
    this.#words.set(views, words);
    return views;
  }

  /** Of the product's projections, or of others in the file of the views. */
  runner(views: Connection, definitions?: readonly ProjectionDefinition[]): ProjectionRunners {
    const words = this.#words.get(views);
    if (definitions || !words) return new ProjectionRunners([new ProjectionRunner(this.log, views, definitions ?? [])]);
    return new ProjectionRunners([
      new ProjectionRunner(this.log, views, PROJECTIONS_BY_FILE.views),
      new ProjectionRunner(this.log, words, PROJECTIONS_BY_FILE.words),
    ]);
  }

  /** Fresh views of everything that was appended. */
  project(name: string): Connection {
    const views = this.views(name);
    const runner = this.runner(views);
    while (runner.step());
    return views;
  }

  pipelineReader(views: Connection): PipelineReader {
    return new PipelineReader(this.log, views);
  }

  viewReader(views: Connection): ViewReader {
    return new ViewReader(this.events, views, this.log, this.pipelineReader(views));
  }

  [Symbol.dispose](): void {
    for (const db of this.#open) db.close();
    this.log.close();
    this.keys.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #keep(db: Connection): Connection {
    this.#open.push(db);
    return db;
  }
}

/** Everything that the projections made, by table; of a full-text index the words and where they stand. */
export function dump(views: Connection): Record<string, unknown[]> {
  const tables = views
    .prepare<[], { schema: string; name: string; sql: string | null }>(
      `SELECT 'main' AS schema, name, sql FROM main.sqlite_master WHERE type = 'table'
       UNION ALL SELECT 'words', name, sql FROM words.sqlite_master WHERE type = 'table' ORDER BY 1, 2`,
    )
    .all();
  const indexes = tables.filter(({ sql }) => sql?.startsWith('CREATE VIRTUAL TABLE'));
  const own = tables.filter(({ name }) => !indexes.some((index) => name.startsWith(`${index.name}_`)));
  return Object.fromEntries(
    own.map((table) => {
      if (!indexes.includes(table)) {
        const source = `${table.schema}."${table.name}"`;
        const columns = views.prepare(`SELECT * FROM ${source} LIMIT 0`).columns();
        return [source, views.prepare(`SELECT * FROM ${source} ORDER BY ${columns.map((_, at) => at + 1).join(', ')}`).all()];
      }
      views.exec(
        `CREATE VIRTUAL TABLE IF NOT EXISTS temp."${table.name}_words" USING fts5vocab(${table.schema}, '${table.name}', 'instance')`,
      );
      return [table.name, views.prepare(`SELECT term, doc, offset FROM temp."${table.name}_words" ORDER BY 2, 3`).all()];
    }),
  );
}
