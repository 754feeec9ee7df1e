import Database from 'better-sqlite3';

/** A database file as it is at one moment, while others write it. For files that are small: it is read at once. */
export function serialise(path: string): Uint8Array {
  const database = new Database(path, { readonly: true });
  try {
    return database.serialize();
  } finally {
    database.close();
  }
}
