/**
 * What the writer does to the log beside appending: bodies leave it and keys are destroyed. Hashes, positions and metadata
 * stay for ever, which the triggers of the events table see to. Synchronous and without threads, like `writer.ts`.
 */
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import type { Connection } from './connection.ts';
import type { MaintenanceTask, SegmentRow } from './protocol.ts';

export class LogMaintenance {
  readonly #db: Connection;
  readonly #keys: SubjectKeys;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(db: Connection, keys: SubjectKeys) {
    this.#db = db;
    this.#keys = keys;
    this.#statements = prepareStatements(db);
  }

  run(task: MaintenanceTask): number {
    switch (task.name) {
      case 'destroy_key':
        return Number(this.#keys.destroy(task.subject, task.madeUntil));
      case 'drop_bodies':
        return this.#transact(() => this.#dropBodies(task.positions));
      case 'archive_bodies':
        return this.#transact(() => {
          this.#insertSegment(task.segment);
          return this.#dropBodies(task.positions);
        });
      case 'replace_segment':
        return this.#transact(() => {
          const { changes } = this.#statements.deleteSegment.run(task.first);
          if (task.by) this.#insertSegment(task.by);
          return changes;
        });
      case 'catch_up':
        return 0;
      case 'truncate_wal':
        this.#db.pragma('wal_checkpoint(TRUNCATE)');
        return 0;
    }
  }

  /** What leaves the file is overwritten in it. Appends need not pay for that: they delete nothing. */
  #transact(act: () => number): number {
    this.#db.pragma('secure_delete = ON');
    try {
      return this.#db.transaction(act).immediate();
    } finally {
      this.#db.pragma('secure_delete = OFF');
    }
  }

  #dropBodies(positions: readonly number[]): number {
    const { allow, dropBody, forbid } = this.#statements;
    allow.run();
    let dropped = 0;
    for (const position of positions) dropped += dropBody.run(position).changes;
    forbid.run();
    return dropped;
  }

  #insertSegment({ first, last, firstPreviousHash, lastHash, file, sha256 }: SegmentRow): void {
    this.#statements.insertSegment.run(first, last, firstPreviousHash, lastHash, file, sha256);
  }
}

function prepareStatements(db: Connection) {
  return {
    allow: db.prepare('INSERT INTO maintenance (id) VALUES (1)'),
    forbid: db.prepare('DELETE FROM maintenance'),
    dropBody: db.prepare<[number]>('UPDATE events SET data = NULL, sealed = NULL WHERE position = ? AND data IS NOT NULL'),
    insertSegment: db.prepare<[number, number, Uint8Array, Uint8Array, string, Uint8Array]>(
      `INSERT INTO segments (first, last, first_previous_hash, last_hash, file, sha256, state) VALUES (?, ?, ?, ?, ?, ?, 'kept')`,
    ),
    deleteSegment: db.prepare<[number]>('DELETE FROM segments WHERE first = ?'),
  };
}
