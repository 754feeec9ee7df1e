import type { ColumnSet } from '../../ui/columns.ts';

export type ColumnName =
  | 'seq'
  | 'time'
  | 'date'
  | 'ago'
  | 'delta'
  | 'severity'
  | 'type'
  | 'summary'
  | 'duration'
  | 'channel'
  | 'session'
  | 'agent'
  | 'actor'
  | 'message';

/** The columns of the list of events. */
export const EVENT_COLUMNS: ColumnSet<ColumnName> = {
  widths: {
    seq: 68,
    time: 100,
    date: 128,
    ago: 96,
    delta: 72,
    severity: 24,
    type: 170,
    summary: undefined,
    duration: 72,
    channel: 76,
    session: 84,
    agent: 72,
    actor: 128,
    message: 96,
  },
  usual: ['seq', 'time', 'severity', 'type', 'summary', 'channel', 'agent', 'session'],
};
