/** The exit codes of the gateway process: its service manager reads them, so they never change their meaning. */
import type { ErrorCode, GatewayError } from '@openclaw-gateway/events';

/** Start me again at once: a restart was asked for (EX_TEMPFAIL of sysexits.h). */
export const EXIT_RESTART = 75;
/** Do not start me again: somebody must correct something first (EX_CONFIG of sysexits.h). */
export const EXIT_FINAL = 78;

/** What no further start can mend by itself. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'CONFIG_SYNTAX',
  'CONFIG_INVALID',
  'CONFIG_ENV_MISSING',
  'CONFIG_SECRET_FILE',
  'CONFIG_UNREADABLE',
  'PORT_TAKEN',
  'LOG_LOCKED',
  'LOG_CORRUPT',
  'LOG_CONTRADICTED',
  'LOG_NOT_DURABLE',
  'LOG_TOO_NEW',
  'MASTER_KEY_MISMATCH',
  'USAGE',
] satisfies ErrorCode[]);

/** Whether a start that failed like this would fail again for the same reason. */
export function isFinal(error: GatewayError): boolean {
  return FINAL.has(error.code);
}
