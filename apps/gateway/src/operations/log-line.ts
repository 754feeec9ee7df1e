/** A line of the log file as people read it. */

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;

export type LogEntry = {
  /** Nothing where the line is not one of this program. */
  readonly level?: (typeof LOG_LEVELS)[number];
  readonly time?: number;
  /** The part of the gateway that wrote it. */
  readonly component?: string;
  readonly message: string;
  /** The beginning of what else it says, on one line: `method=GET status=200 error: refused`. */
  readonly aside?: string;
  /** What else the line says: its other fields, the trace of an error, and the lines that belong to it. */
  readonly detail?: string;
  readonly correlationId?: string;
  readonly sessionId?: string;
  /** The event that the line is about. */
  readonly position?: number;
  /** Whether something was cut off. */
  readonly truncated?: true;
};

const MAX_MESSAGE = 2_000;
const MAX_ASIDE = 300;
const MAX_DETAIL = 16_000;
const MAX_PARSED = 256_000;

/**
 * Reads a line, with the lines below it that are not lines of this program.
 * @example toEntry('{"level":30,"time":1,"msg":"ready"}').message // 'ready'
 */
export function toEntry(line: string, below: readonly string[] = []): LogEntry {
  const fields = line.length > MAX_PARSED ? undefined : parse(line);
  if (!fields) return shortened(line, below.join('\n'));
  const { level, time, component, msg, correlationId, sessionId, messageId, position, err, ...rest } = fields;
  const known = LOG_LEVELS[Number(level) / 10 - 2];
  const flow = text(correlationId) ?? text(messageId);
  const parts = [Object.keys(rest).length > 0 ? JSON.stringify(rest, null, 2) : '', traceOf(err), ...below];
  const aside = asideOf(rest, err).slice(0, MAX_ASIDE);
  return {
    ...shortened(text(msg) ?? '', parts.filter((part) => part !== '').join('\n')),
    ...(aside !== '' && { aside }),
    ...(known && { level: known }),
    ...(typeof time === 'number' && { time }),
    ...(typeof component === 'string' && { component }),
    ...(flow !== undefined && { correlationId: flow }),
    ...(typeof sessionId === 'string' && { sessionId }),
    ...(typeof position === 'number' && { position }),
  };
}

/** The other fields of a line and its error, on one line. */
export function asideOf(fields: Readonly<Record<string, unknown>>, err: unknown): string {
  const named = Object.entries(fields).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const failure = typeof err === 'object' && err !== null ? (err as { readonly message?: unknown }).message : undefined;
  return [...named, ...(typeof failure === 'string' ? [`error: ${failure}`] : [])].join(' ').replaceAll('\n', ' ');
}

function shortened(message: string, detail: string): Pick<LogEntry, 'message' | 'detail' | 'truncated'> {
  return {
    message: message.slice(0, MAX_MESSAGE),
    ...(detail !== '' && { detail: detail.slice(0, MAX_DETAIL) }),
    ...((message.length > MAX_MESSAGE || detail.length > MAX_DETAIL) && { truncated: true as const }),
  };
}

function traceOf(error: unknown): string {
  if (error === undefined) return '';
  if (typeof error !== 'object' || error === null) return String(error);
  const { stack, ...rest } = error as { readonly stack?: unknown };
  const fields = Object.keys(rest).length > 0 ? JSON.stringify(rest, null, 2) : '';
  return typeof stack === 'string' ? [stack, fields].filter((part) => part !== '').join('\n') : fields;
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
