/**
 * Folds the log from its first event into a scratch file and compares that with the views as they are: a difference is a bug,
 * or somebody changed the views. Reads only; the scratch file is deleted. Synchronous: for a process that does nothing else.
 */
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadAllOptions } from '../log.ts';
import { type ProjectionDefinition, tableName } from '../projections/define.ts';
import { PROJECTIONS_BY_FILE } from '../projections/index.ts';
import { ProjectionRunner } from '../projections/runner.ts';
import { type Connection, openReadOnly, openWritable } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles, VIEWS_FILE } from '../sqlite/files.ts';
import { LogReader } from '../sqlite/reads.ts';

/** How a projection's tables compare with the same tables folded from the start. */
export type ProjectionReplay = {
  readonly name: string;
  readonly version: number;
  /** Up to where the live tables had folded the log, and so up to where it was folded again. */
  readonly position: number;
  readonly rows: number;
  readonly identical: boolean;
  /** SHA-256 over the rows, in the order of their keys. */
  readonly liveDigest: string;
  readonly replayedDigest: string;
  /** The first row that differs, as JSON; a side is missing where the other has a row too many. */
  readonly firstDifference?: { readonly table: string; readonly live?: string; readonly replayed?: string };
};

export type ReplayProjectionsOptions = {
  readonly dir: string;
  /** Called now and then with the position that is reached. */
  readonly progress?: (position: number, to: number) => void;
};

/**
 * Compares every projection of a state directory with its fold from zero, whether a gateway runs there or not.
 * Throws `LOG_UNAVAILABLE` and what opening the files throws.
 */
export function replayProjections({ dir, progress }: ReplayProjectionsOptions): ProjectionReplay[] {
  const files = stateFiles(dir);
  const scratchDir = mkdtempSync(join(tmpdir(), 'openclaw-replay-'));
  const events = openReadOnly(files.events, EVENTS_FILE);
  try {
    return FILES.flatMap((file) => replayFile(file, files[file], { log: new LogReader(events), scratchDir, progress }));
  } finally {
    events.close();
    rmSync(scratchDir, { recursive: true, force: true });
  }
}

const FILES = ['views', 'words'] as const satisfies readonly (keyof typeof PROJECTIONS_BY_FILE)[];

type Replay = { readonly log: LogReader; readonly scratchDir: string; readonly progress: ReplayProjectionsOptions['progress'] };

function replayFile(file: (typeof FILES)[number], path: string, { log, scratchDir, progress }: Replay): ProjectionReplay[] {
  const live = openReadOnly(path, VIEWS_FILE);
  try {
    // One snapshot of the live views from here on, however long the fold takes.
    live.exec('BEGIN');
    const checkpoint = live.prepare<[string, number], number>('SELECT position FROM projections WHERE name = ? AND version = ?').pluck();
    const groups = Map.groupBy(PROJECTIONS_BY_FILE[file], ({ name, version }) => checkpoint.get(name, version) ?? 0);
    return [...groups].flatMap(([position, definitions]) => {
      const scratch = openWritable(join(scratchDir, `${file}-${position}.db`), VIEWS_FILE);
      try {
        foldTo(log, scratch, definitions, position, progress);
        return definitions.map((definition) => compare(definition, position, live, scratch));
      } finally {
        scratch.close();
      }
    });
  } finally {
    live.close();
  }
}

function foldTo(
  log: LogReader,
  scratch: Connection,
  definitions: readonly ProjectionDefinition[],
  position: number,
  progress: ReplayProjectionsOptions['progress'],
): void {
  const runner = new ProjectionRunner(upTo(log, position), scratch, definitions);
  while (runner.step()) progress?.(runner.position, position);
}

/** The log as it was when its head was at `position`. */
function upTo(log: LogReader, position: number): LogReader {
  const within = (options: ReadAllOptions) => ({ ...options, limit: Math.max(0, Math.min(options.limit, position - options.after)) });
  const own: Partial<LogReader> = {
    head: () => position,
    readAll: (options) => log.readAll(within(options)),
    readLazily: (options) => log.readLazily({ ...options, upTo: Math.min(options.upTo, position) }),
  };
  return new Proxy(log, {
    get: (target, name) => {
      const value = own[name as keyof LogReader] ?? target[name as keyof LogReader];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

type Table = { readonly name: string; readonly sql: string };

function compare(definition: ProjectionDefinition, position: number, live: Connection, scratch: Connection): ProjectionReplay {
  const { name, version } = definition;
  const tables = tablesOf(definition, scratch);
  const digests = { live: '', replayed: '' };
  let rows = 0;
  let firstDifference: ProjectionReplay['firstDifference'];
  for (const table of tables) {
    const [was, is] = [rowsOf(live, table), rowsOf(scratch, table)];
    for (;;) {
      const [a, b] = [was.next(), is.next()];
      if (a.done && b.done) break;
      const [left, right] = [a.done ? undefined : a.value, b.done ? undefined : b.value];
      if (right !== undefined) rows += 1;
      digests.live = hash('sha256', `${digests.live}\n${table.name}\n${left ?? ''}`);
      digests.replayed = hash('sha256', `${digests.replayed}\n${table.name}\n${right ?? ''}`);
      if (left === right || firstDifference) continue;
      firstDifference = { table: table.name, ...(left !== undefined && { live: left }), ...(right !== undefined && { replayed: right }) };
    }
  }
  return {
    name,
    version,
    position,
    rows,
    identical: firstDifference === undefined,
    liveDigest: digests.live,
    replayedDigest: digests.replayed,
    ...(firstDifference && { firstDifference }),
  };
}

/** The projection's tables; a full-text index is compared by the words it holds, not by how it has laid them out so far. */
function tablesOf({ name, version }: ProjectionDefinition, db: Connection): Table[] {
  const all = db
    .prepare<[string, string], Table>(
      `SELECT name, coalesce(sql, '') AS sql FROM sqlite_master WHERE type = 'table' AND (name = ? OR name GLOB ?) ORDER BY name`,
    )
    .all(tableName(name, version), tableName(`${name}_*`, version));
  return all;
}

function* rowsOf(db: Connection, table: Table): Generator<string> {
  const exists = db.prepare<[string], number>(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`).pluck().get(table.name);
  if (!exists) return;
  const source = /^CREATE VIRTUAL TABLE .*\bfts5\b/is.test(table.sql) ? vocabularyOf(db, table.name) : `"${table.name}"`;
  const columns = db.prepare<[], unknown[]>(`SELECT * FROM ${source} LIMIT 0`).columns().length;
  const order = Array.from({ length: columns }, (_, index) => index + 1).join(', ');
  for (const row of db.prepare<[], unknown[]>(`SELECT * FROM ${source} ORDER BY ${order}`).raw().iterate())
    yield JSON.stringify(row.map(shown));
}

function vocabularyOf(db: Connection, table: string): string {
  // The temporary table lies in memory; the file itself stays open for reading only.
  db.pragma('query_only = OFF');
  db.exec(`CREATE VIRTUAL TABLE temp."${table}_words" USING fts5vocab(main, '${table}', 'instance')`);
  return `temp."${table}_words"`;
}

const shown = (value: unknown) => (Buffer.isBuffer(value) ? `0x${value.toString('hex')}` : value);
