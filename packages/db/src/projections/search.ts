/**
 * The words of the log: a full-text index whose row number is the event's position. It holds no text, only where which word
 * stands; but that is still what people wrote, so it forgets what the log has erased.
 */
import { SEARCHED_PATHS, searchableText } from '../query/searchable.ts';
import { defineProjection, tableName } from './define.ts';

const VERSION = 1;
export const SEARCH_TABLE = tableName('search', VERSION);

const INSERT = `INSERT INTO ${SEARCH_TABLE} (rowid, words) VALUES (?, ?)`;
const DELETE = `DELETE FROM ${SEARCH_TABLE} WHERE rowid = ?`;
/** Writes the index anew, without what was deleted: until then a deleted word still lies in the file. */
const PURGE = `INSERT INTO ${SEARCH_TABLE} (${SEARCH_TABLE}) VALUES ('optimize')`;

export const SearchProjection = defineProjection({
  name: 'search',
  version: VERSION,
  handles: [...SEARCHED_PATHS.keys()],
  reads: [...SEARCHED_PATHS.keys()],
  tables: [
    `CREATE VIRTUAL TABLE ${SEARCH_TABLE} USING fts5(words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0')`,
    // A leaf of the index fits a page of the file, so that a few words cost few pages.
    `INSERT INTO ${SEARCH_TABLE} (${SEARCH_TABLE}, rank) VALUES ('pgsz', 1000)`,
  ],
  apply: (tx, events) => {
    for (const event of events) {
      const text = searchableText(event);
      if (text !== '') tx.run(INSERT, event.position, text);
    }
  },
  forget: (tx, positions) => {
    if (positions.length === 0) return;
    for (const position of positions) tx.run(DELETE, position);
    tx.run(PURGE);
  },
});
