import { GatewayError } from '@openclaw-gateway/events/errors';
import Database from 'better-sqlite3';

/** Why a file of the log could not be opened or read. */
export function openError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const details = { cause: error instanceof Error ? error.message : String(error) };
  const damaged = error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
  return new GatewayError(damaged ? 'LOG_CORRUPT' : 'LOG_UNAVAILABLE', { details, cause: error });
}
