/** RFC 4180, with a guard against cells that a spreadsheet would take for a formula. */
import { factsOf, timestamp } from './facts.ts';
import type { Format } from './format.ts';

/** The columns there are, in their order. */
export const CSV_COLUMNS = [
  'position',
  'time',
  'type',
  'severity',
  'outcome',
  'summary',
  'reason',
  'actor_type',
  'actor',
  'channel',
  'agent',
  'session',
  'correlation',
  'causation',
  'run',
  'stream',
  'stream_version',
  'schema_version',
  'id',
  'hash',
  'previous_hash',
  'data_hash',
  'data',
] as const;

export type CsvColumn = (typeof CSV_COLUMNS)[number];

/** All columns, or those that are named, in the order of the table. */
export function createCsv({ columns }: { readonly columns?: readonly CsvColumn[] | undefined } = {}): Format {
  const shown = CSV_COLUMNS.map((name) => columns === undefined || columns.includes(name));
  return {
    name: 'csv',
    extension: 'csv',
    mediaType: 'text/csv; charset=utf-8; header=present',
    lineEnd: '\r\n',
    header: CSV_COLUMNS.filter((_, index) => shown[index]).join(','),
    line: (event) => {
      const { actor, channel, agentId, sessionId, correlationId, causationId, runId } = event.metadata;
      const { severity, outcome, summary, reason } = factsOf(event);
      return [
        event.position,
        timestamp(event.time),
        event.type,
        severity,
        outcome,
        summary,
        reason,
        actor?.type,
        actor?.id,
        channel,
        agentId,
        sessionId,
        correlationId,
        causationId,
        runId,
        event.streamId,
        event.version,
        event.schemaVersion,
        event.id,
        event.hash,
        event.previousHash,
        event.dataHash,
        JSON.stringify(event.data),
      ]
        .filter((_, index) => shown[index])
        .map(cell)
        .join(',');
    },
  };
}

/** A cell, quoted where it must be. Text that begins like a formula gets an apostrophe, as spreadsheets write plain text. */
export function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  // Readers disagree about what a NUL in a line means; the guard must be seen to stand before it, too.
  const guarded = /^[=+\-@\t\r\n\0＝＋－＠]/.test(value) ? `'${value}` : value;
  const clean = guarded.replaceAll('\0', '�');
  return /[",\r\n]/.test(clean) ? `"${clean.replaceAll('"', '""')}"` : clean;
}
