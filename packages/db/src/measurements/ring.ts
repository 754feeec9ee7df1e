/** Writes measurements.db: ten seconds a row for the last hours, a minute a row for the last days, and never more than it may be large. */
import { existsSync } from 'node:fs';
import { type Connection, openWritable, type Statement } from '../sqlite/connection.ts';
import { deleteDatabase, isDamaged } from '../sqlite/disposable.ts';
import { MEASUREMENTS_FILE } from '../sqlite/files.ts';
import { type Figures, type Fold, foldInto } from './fold.ts';
import type { Recorded, Sample } from './port.ts';
import { decode, encode, type Row } from './row.ts';

const HOUR_MS = 3_600_000;

/** The tables: how long a row is, and how long it is kept. */
export const TIERS = {
  fine: { rowMs: 10_000, keptMs: 6 * HOUR_MS },
  coarse: { rowMs: 60_000, keptMs: 7 * 24 * HOUR_MS },
} as const;
export type Tier = keyof typeof TIERS;

export type RingLimits = { readonly series: number; readonly bytes: number };
const LIMITS: RingLimits = { series: 2_000, bytes: 64 * 1024 * 1024 };
/** The oldest rows that make room for new ones. */
const ROWS_FOR_ROOM = 250;

export class MeasurementRing {
  readonly #path: string;
  readonly #limits: RingLimits;
  #file: RingFile | undefined;

  constructor(path: string, limits: RingLimits = LIMITS) {
    this.#path = path;
    this.#limits = limits;
  }

  /** Throws what SQLite throws, but for a damaged file: that is begun anew. */
  record(sample: Sample): Recorded {
    const wasMissing = this.#file === undefined && !existsSync(this.#path);
    try {
      const leftOut = this.#opened().record(sample);
      return wasMissing ? { leftOut, begunAnew: 'it was missing' } : { leftOut };
    } catch (error) {
      this.close();
      if (!isDamaged(error)) throw error;
      deleteDatabase(this.#path);
      return { leftOut: this.#opened().record(sample), begunAnew: error instanceof Error ? error.message : String(error) };
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #opened(): RingFile {
    this.#file ??= new RingFile(openWritable(this.#path, MEASUREMENTS_FILE), this.#limits);
    return this.#file;
  }
}

/** `labels` is the text that stands for them. */
type Named = { readonly name: string; readonly labels: string; readonly fold: Fold };

class RingFile {
  readonly #db: Connection;
  readonly #limits: RingLimits;
  readonly #insertSeries: Statement;
  readonly #numbers = new Map<string, number>();
  readonly #folds = new Map<number, Fold>();
  readonly #record: (sample: Sample) => number;
  /** When series that nothing refers to were last looked for. */
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(db: Connection, limits: RingLimits) {
    this.#db = db;
    this.#limits = limits;
    this.#insertSeries = db.prepare('INSERT INTO series (name, labels, fold) VALUES (?, ?, ?)');
    this.#record = db.transaction((sample: Sample) => this.#write(sample));
    this.#readSeries();
  }

  record(sample: Sample): number {
    try {
      return this.#record(sample);
    } catch (error) {
      // What was rolled back is not there.
      this.#readSeries();
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  #write({ time, figures }: Sample): number {
    this.#dropOld(time);
    const named = figures.map((figure) => ({ ...figure, labels: textOf(figure.labels) }));
    const missing = new Set(named.map(keyOf).filter((key) => !this.#numbers.has(key)));
    if (this.#numbers.size + missing.size > this.#limits.series) this.#sweep(time, named.map(keyOf));
    const row: Figures = new Map();
    let leftOut = 0;
    for (const figure of named) {
      const number = this.#numbers.get(keyOf(figure)) ?? this.#add(figure);
      if (number === undefined) leftOut++;
      else foldInto(row, [[number, figure.value]], this.#foldOf);
    }
    this.#put('fine', time, row);
    this.#put('coarse', time, row);
    this.#makeRoom();
    return leftOut;
  }

  readonly #foldOf = (number: number): Fold => this.#folds.get(number) ?? 'highest';

  #put(tier: Tier, time: number, figures: Figures): void {
    const { rowMs } = TIERS[tier];
    const at = Math.floor(time / rowMs) * rowMs;
    const there = this.#db.prepare<[number], Row>(`SELECT time, series, figures FROM ${tier} WHERE time = ?`).get(at);
    const row: Figures = new Map(there ? decode(there) : []);
    foldInto(row, figures, this.#foldOf);
    const { series, figures: values } = encode(row);
    this.#db.prepare(`INSERT OR REPLACE INTO ${tier} (time, series, figures) VALUES (?, ?, ?)`).run(at, series, values);
  }

  /** What is too old leaves, and what a clock that was wrong put into the future. */
  #dropOld(now: number): void {
    for (const tier of ['fine', 'coarse'] as const) {
      this.#db.prepare(`DELETE FROM ${tier} WHERE time < ? OR time > ?`).run(now - TIERS[tier].keptMs, now + HOUR_MS);
    }
  }

  #makeRoom(): void {
    for (const tier of ['coarse', 'fine'] as const) {
      const oldest = this.#db.prepare(`DELETE FROM ${tier} WHERE time IN (SELECT time FROM ${tier} ORDER BY time LIMIT ${ROWS_FOR_ROOM})`);
      while (this.#usedBytes() > this.#limits.bytes && oldest.run().changes > 0);
    }
  }

  #usedBytes(): number {
    const figure = (name: string) => this.#db.pragma(name, { simple: true }) as number;
    return (figure('page_count') - figure('freelist_count')) * figure('page_size');
  }

  #add({ name, labels, fold }: Named): number | undefined {
    if (this.#numbers.size >= this.#limits.series) return undefined;
    const number = Number(this.#insertSeries.run(name, labels, fold).lastInsertRowid);
    this.#numbers.set(keyOf({ name, labels }), number);
    this.#folds.set(number, fold);
    return number;
  }

  /** Forgets series that no row refers to any more, but for some; at most once an hour, for every row is looked at. */
  #sweep(now: number, except: readonly string[]): void {
    if (Math.abs(now - this.#sweptAt) < HOUR_MS) return;
    this.#sweptAt = now;
    const used = new Set(except.map((key) => this.#numbers.get(key)));
    for (const row of this.#db.prepare<[], Row>('SELECT time, series, figures FROM coarse').iterate()) {
      for (const [number] of decode(row)) used.add(number);
    }
    const forget = this.#db.prepare('DELETE FROM series WHERE series_no = ?');
    for (const number of this.#numbers.values()) if (!used.has(number)) forget.run(number);
    this.#readSeries();
  }

  #readSeries(): void {
    this.#numbers.clear();
    this.#folds.clear();
    const rows = this.#db.prepare<[], Named & { readonly number: number }>('SELECT series_no AS number, name, labels, fold FROM series');
    for (const { number, ...series } of rows.iterate()) {
      this.#numbers.set(keyOf(series), number);
      this.#folds.set(number, series.fold);
    }
  }
}

/** The same labels are the same text, whatever their order. */
function textOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function keyOf({ name, labels }: Pick<Named, 'name' | 'labels'>): string {
  return `${name} ${labels}`;
}
