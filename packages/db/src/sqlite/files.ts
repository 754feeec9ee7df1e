/** What lies in a state directory and how each file is opened. */
import { join } from 'node:path';
import type { FileSpec } from './connection.ts';

export type StateFiles = { readonly events: string; readonly views: string; readonly keys: string; readonly lock: string };

export function stateFiles(dir: string): StateFiles {
  return { events: join(dir, 'events.db'), views: join(dir, 'views.db'), keys: join(dir, 'keys.db'), lock: join(dir, 'lock.db') };
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

/** The truth. */
export const EVENTS_FILE: FileSpec = {
  applicationId: 0x6f636577,
  migrations: [EVENTS_1],
  pageSizeBytes: 2048,
  cacheKiB: 16_384,
  synchronous: 'FULL',
  checkpointPages: 8000,
};

/** Projections and how far each came. Disposable: it is built again from the log. */
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

/** The secrets of this state directory, apart from the log so that they can be backed up and destroyed apart from it. */
export const KEYS_FILE: FileSpec = {
  applicationId: 0x6f636b79,
  migrations: [['CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID']],
  pageSizeBytes: 4096,
  cacheKiB: 256,
  synchronous: 'FULL',
  checkpointPages: 100,
  pragmas: ['secure_delete = ON'],
};
