/** The checkpoints that a check passes: those of the log itself and those that a witness kept, in the order of their sizes. */
import type { Connection } from '../sqlite/connection.ts';
import type { CheckpointNote } from './note.ts';
import { type CheckpointRow, CheckpointRows } from './rows.ts';

const PAGE = 1000;

export type Stop = { readonly size: number; readonly row: CheckpointRow | undefined; readonly notes: readonly CheckpointNote[] };

export class Stops {
  readonly #rows: CheckpointRows;
  readonly #notes: readonly CheckpointNote[];
  #page: readonly CheckpointRow[] = [];
  #inPage = 0;
  #isLast = false;
  readonly #after: number;
  #inNotes = 0;

  /** `notes` in the order of their sizes. Those of sizes up to `after` are passed over. */
  constructor(db: Connection, notes: readonly CheckpointNote[], after: number) {
    this.#rows = new CheckpointRows(db);
    this.#notes = notes;
    this.#after = after;
    while ((notes[this.#inNotes]?.size ?? Number.POSITIVE_INFINITY) <= after) this.#inNotes += 1;
  }

  /** The size of the next, infinite when there is none. */
  next(): number {
    const row = this.#row()?.size ?? Number.POSITIVE_INFINITY;
    const note = this.#notes[this.#inNotes]?.size ?? Number.POSITIVE_INFINITY;
    return Math.min(row, note);
  }

  take(): Stop {
    const size = this.next();
    const row = this.#row()?.size === size ? this.#row() : undefined;
    if (row) this.#inPage += 1;
    const notes: CheckpointNote[] = [];
    for (let note = this.#notes[this.#inNotes]; note?.size === size; note = this.#notes[this.#inNotes]) {
      notes.push(note);
      this.#inNotes += 1;
    }
    return { size, row, notes };
  }

  #row(): CheckpointRow | undefined {
    if (this.#inPage >= this.#page.length && !this.#isLast) {
      this.#page = this.#rows.page({ after: this.#page.at(-1)?.size ?? this.#after, limit: PAGE });
      this.#isLast = this.#page.length < PAGE;
      this.#inPage = 0;
    }
    return this.#page[this.#inPage];
  }
}
