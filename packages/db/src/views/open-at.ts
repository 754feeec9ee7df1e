import { MESSAGES_TABLE } from '../projections/messages.ts';
import { SESSIONS_TABLE } from '../projections/sessions.ts';
import type { Queries } from './compile.ts';
import type { OpenAt } from './queries.ts';

/**
 * What was unfinished at a position, whose time is `time`. The views keep when a message ended, not where: one that ended in
 * this very millisecond is among them, and its events say whether it was before.
 */
export function openAt(queries: Queries, position: number, time: number, limit: number): OpenAt {
  const rows = queries.all<{ message_id: string }>('open at', { position, time, limit }, (db, argument) =>
    db
      .selectFrom(MESSAGES_TABLE)
      .select('message_id')
      .where('position', '<=', argument('position'))
      .where(({ or, eb }) => or([eb('settled_at', 'is', null), eb('settled_at', '>=', argument('time'))]))
      .orderBy('position')
      .limit(argument('limit')),
  );
  const [row] = queries.all<{ sessions: number }>('sessions at', { time }, (db, argument) =>
    db
      .selectFrom(SESSIONS_TABLE)
      .select(({ fn }) => fn.countAll<number>().as('sessions'))
      .where('opened_at', '<=', argument('time')),
  );
  return { messageIds: rows.map((open) => open.message_id), sessions: row?.sessions ?? 0 };
}
