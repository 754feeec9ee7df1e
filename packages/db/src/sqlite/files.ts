/** What lies in a state directory and how each file is opened. */
import { join } from 'node:path';
import type { FileSpec } from './connection.ts';

export type StateFiles = {
  readonly events: string;
  readonly views: string;
  /** What is searched, apart from the other views so that two threads can fill them at once. */
  readonly words: string;
  /** Figures of the process over time. */
  readonly measurements: string;
  readonly keys: string;
  readonly lock: string;
  /** The folder of the bodies that were archived. */
  readonly segments: string;
  /** The folder of the files that came and went with messages. */
  readonly attachments: string;
};

export function stateFiles(dir: string): StateFiles {
  return {
    events: join(dir, 'events.db'),
    views: join(dir, 'views.db'),
    words: join(dir, 'words.db'),
    measurements: join(dir, 'measurements.db'),
    keys: join(dir, 'keys.db'),
    lock: join(dir, 'lock.db'),
    segments: join(dir, 'segments'),
    attachments: join(dir, 'attachments'),
  };
}

/**
 * `data` comes last, so that reading the header of an event with a long body does not walk the body's overflow pages.
 * There is no index on the type: it would cost one page write for each type in a commit, and the views filter by type.
 */
const EVENTS_1 = [
  `CREATE TABLE streams (
     stream_no INTEGER PRIMARY KEY,
     stream_id TEXT NOT NULL UNIQUE
   ) STRICT`,
  `CREATE TABLE event_types (
     type_no INTEGER PRIMARY KEY,
     type TEXT NOT NULL UNIQUE
   ) STRICT`,
  `CREATE TABLE events (
     position INTEGER PRIMARY KEY,
     stream_no INTEGER NOT NULL,
     version INTEGER NOT NULL,
     type_no INTEGER NOT NULL,
     schema_version INTEGER NOT NULL,
     time INTEGER NOT NULL,
     event_id BLOB NOT NULL,
     metadata TEXT NOT NULL,
     data_hash BLOB NOT NULL,
     hash BLOB NOT NULL,
     data BLOB,
     UNIQUE (stream_no, version)
   ) STRICT`,
  `CREATE TABLE idempotency (
     key TEXT PRIMARY KEY,
     position INTEGER NOT NULL,
     count INTEGER NOT NULL,
     request_hash TEXT NOT NULL
   ) STRICT, WITHOUT ROWID`,
  `CREATE TRIGGER events_are_final_on_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are final'); END`,
  `CREATE TRIGGER events_are_final_on_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are final'); END`,
];

/**
 * `sealed` holds what identifies a person, encrypted with that person's key. Bodies may leave when the log is archived or
 * a person is erased, which the `maintenance` row allows for as long as it is there; nothing else of an event ever changes.
 * `checkpoints` are signed statements of the chain at a position; `segments` are the files that archived bodies went to.
 */
const EVENTS_2 = [
  'ALTER TABLE events ADD COLUMN sealed BLOB',
  'CREATE TABLE maintenance (id INTEGER PRIMARY KEY CHECK (id = 1)) STRICT',
  'DROP TRIGGER events_are_final_on_update',
  `CREATE TRIGGER events_are_final_on_update BEFORE UPDATE ON events
   WHEN NOT EXISTS (SELECT 1 FROM maintenance)
     OR NEW.position <> OLD.position OR NEW.stream_no <> OLD.stream_no OR NEW.version <> OLD.version OR NEW.type_no <> OLD.type_no
     OR NEW.schema_version <> OLD.schema_version OR NEW.time <> OLD.time OR NEW.event_id <> OLD.event_id OR NEW.metadata <> OLD.metadata
     OR NEW.data_hash <> OLD.data_hash OR NEW.hash <> OLD.hash OR NEW.data IS NOT NULL OR NEW.sealed IS NOT NULL
   BEGIN SELECT RAISE(ABORT, 'events are final'); END`,
  `CREATE TABLE checkpoints (
     position INTEGER PRIMARY KEY,
     time INTEGER NOT NULL,
     hash BLOB NOT NULL,
     merkle_root BLOB NOT NULL,
     key_id TEXT NOT NULL,
     signature BLOB NOT NULL
   ) STRICT`,
  `CREATE TABLE segments (
     first INTEGER PRIMARY KEY,
     last INTEGER NOT NULL,
     first_previous_hash BLOB NOT NULL,
     last_hash BLOB NOT NULL,
     file TEXT NOT NULL,
     sha256 BLOB NOT NULL,
     state TEXT NOT NULL
   ) STRICT`,
];

/** Roots of 1,024 leaves each of the tree under the checkpoints, so that its root and proofs are quickly made. */
const EVENTS_3 = [
  `CREATE TABLE merkle_tiles (
     tile INTEGER PRIMARY KEY,
     hash BLOB NOT NULL
   ) STRICT`,
];

/** The truth. */
export const EVENTS_FILE: FileSpec = {
  applicationId: 0x6f636577,
  migrations: [EVENTS_1, EVENTS_2, EVENTS_3],
  pageSizeBytes: 2048,
  cacheKiB: 16_384,
  synchronous: 'FULL',
  checkpointPages: 8000,
};

/** Projections and how far each came: views.db and words.db. Disposable: they are built again from the log. */
export const VIEWS_FILE: FileSpec = {
  applicationId: 0x6f637677,
  migrations: [
    [
      `CREATE TABLE projections (
         name TEXT NOT NULL,
         version INTEGER NOT NULL,
         position INTEGER NOT NULL,
         log_hash BLOB NOT NULL,
         stopped_position INTEGER,
         stopped_message TEXT,
         PRIMARY KEY (name, version)
       ) STRICT, WITHOUT ROWID`,
    ],
  ],
  pageSizeBytes: 2048,
  cacheKiB: 16_384,
  synchronous: 'NORMAL',
  checkpointPages: 8000,
};

/**
 * Figures of the process over time: a row for each ten seconds of the last hours, and one for each minute of the last days. `series` is
 * the numbers of the series that have a figure in the row, as 32-bit integers, `figures` those figures, as 64-bit floats. A cache.
 */
export const MEASUREMENTS_FILE: FileSpec = {
  applicationId: 0x6f636d73,
  migrations: [
    [
      `CREATE TABLE series (
         series_no INTEGER PRIMARY KEY,
         name TEXT NOT NULL,
         labels TEXT NOT NULL,
         fold TEXT NOT NULL,
         UNIQUE (name, labels)
       ) STRICT`,
      'CREATE TABLE fine (time INTEGER PRIMARY KEY, series BLOB NOT NULL, figures BLOB NOT NULL) STRICT',
      'CREATE TABLE coarse (time INTEGER PRIMARY KEY, series BLOB NOT NULL, figures BLOB NOT NULL) STRICT',
    ],
  ],
  pageSizeBytes: 4096,
  cacheKiB: 512,
  synchronous: 'NORMAL',
  checkpointPages: 250,
};

/** The secrets of this state directory, apart from the log so that they can be backed up and destroyed apart from it. */
export const KEYS_FILE: FileSpec = {
  applicationId: 0x6f636b79,
  migrations: [
    ['CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID'],
    ['CREATE TABLE subject_keys (subject TEXT PRIMARY KEY, key BLOB NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID'],
  ],
  pageSizeBytes: 4096,
  cacheKiB: 256,
  synchronous: 'FULL',
  checkpointPages: 100,
  pragmas: ['secure_delete = ON'],
};
