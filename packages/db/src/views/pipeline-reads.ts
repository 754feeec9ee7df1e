/** The reads that a running message waits for. Plain prepared statements: nothing is loaded for them that start-up would wait for. */

import { Session, type SessionState } from '@openclaw-gateway/events/catalog/session';
import type { Attachment } from '@openclaw-gateway/events/catalog/shared';
import { ERRORS, GatewayError } from '@openclaw-gateway/events/errors';
import { COMMON_STATUS, MESSAGES_TABLE, type MessageRow, OPEN_STATUSES } from '../projections/messages.ts';
import type { Connection } from '../sqlite/connection.ts';
import type { LogReader } from '../sqlite/reads.ts';
import type { JourneyFile, MessageJourney, UnsettledSession } from './queries.ts';

const PAGE = 1000;
const MAX_PREVIEW = 2048;

export class PipelineReader {
  readonly #log: LogReader;
  readonly #byId;
  readonly #byRequestId;
  readonly #unsettled;

  constructor(log: LogReader, views: Connection) {
    this.#log = log;
    this.#byId = views.prepare<[string], MessageRow>(`SELECT * FROM ${MESSAGES_TABLE} WHERE message_id = ?`);
    this.#byRequestId = views.prepare<[string], MessageRow>(
      `SELECT * FROM ${MESSAGES_TABLE} WHERE request_id IS NOT NULL AND request_id = ? ORDER BY position DESC LIMIT 1`,
    );
    this.#unsettled = views.prepare<[number, number], UnsettledSession>(
      `SELECT session_id AS sessionId, min(position) AS firstPosition, count(*) AS messages
       FROM ${MESSAGES_TABLE}
       WHERE status <> '${COMMON_STATUS}' AND status IN (${OPEN_STATUSES.map((status) => `'${status}'`).join(', ')}) AND session_id IS NOT NULL
       GROUP BY session_id HAVING min(position) > ? ORDER BY 2 LIMIT ?`,
    );
  }

  /** Throws `DEADLINE_EXCEEDED` when the stream is not read by then. */
  sessionState(sessionId: string, toPosition: number | undefined, deadlineAt: number): SessionState {
    let state = Session.initial();
    let afterVersion = 0;
    for (;;) {
      if (Date.now() > deadlineAt) throw new GatewayError('DEADLINE_EXCEEDED');
      const to = toPosition === undefined ? {} : { toPosition };
      const page = this.#log.readStream(`session/${sessionId}`, { afterVersion, limit: PAGE, ...to });
      for (const event of page) state = Session.evolve(state, event);
      if (page.length < PAGE) return state;
      afterVersion = state.version;
    }
  }

  message(messageId: string): MessageJourney | undefined {
    const row = this.#byId.get(messageId);
    return row && this.journey(row);
  }

  messageByRequestId(requestId: string): MessageJourney | undefined {
    const row = this.#byRequestId.get(requestId);
    return row && this.journey(row);
  }

  unsettledSessions(page: { readonly after?: number; readonly limit: number }): UnsettledSession[] {
    return this.#unsettled.all(page.after ?? 0, page.limit);
  }

  /** The row with what people wrote, which only the log holds. */
  journey(row: MessageRow): MessageJourney {
    const received = this.#data(row.position);
    const reply = row.reply_position === null ? undefined : this.#data(row.reply_position);
    const problem = row.problem_position === null ? undefined : this.#problem(row.problem_position);
    return {
      messageId: row.message_id,
      position: row.position,
      channel: row.channel,
      senderId: text((received['sender'] as { id?: unknown } | undefined)?.id),
      text: text(received['text']),
      status: row.status,
      settled: row.settled_at !== null,
      receivedAt: row.received_at,
      duplicates: row.duplicates,
      attempts: row.attempts,
      ...present('sessionId', row.session_id),
      ...present('agentId', row.agent_id),
      ...present('runId', row.run_id),
      ...present('requestId', row.request_id),
      ...present('queuedAt', row.queued_at),
      ...present('startedAt', row.started_at),
      ...present('answeredAt', row.answered_at),
      ...present('settledAt', row.settled_at),
      ...filesOf('files', received),
      ...(reply && typeof reply['text'] === 'string' && { reply: text(reply['text']) }),
      ...(reply && filesOf('replyFiles', reply)),
      ...(problem && { problem }),
    };
  }

  #problem(position: number): { code: string; message: string } {
    const { problem } = this.#data(position) as { problem?: { code: string; message: string } };
    return problem ?? { code: 'DELIVERY_UNCERTAIN', message: ERRORS.DELIVERY_UNCERTAIN.title };
  }

  #data(position: number): Readonly<Record<string, unknown>> {
    return (this.#log.readAt(position)?.data ?? {}) as Record<string, unknown>;
  }
}

/** What an event says of its files, without what finds their bytes. */
function filesOf<Key extends string>(key: Key, { attachments }: Readonly<Record<string, unknown>>): { [K in Key]?: JourneyFile[] } {
  if (!Array.isArray(attachments) || attachments.length === 0) return {};
  const files = (attachments as Attachment[]).map(({ id, name, mimeType, size, dangerous, problem }) => ({
    ...{ id, name, mimeType, size },
    ...(dangerous !== undefined && { dangerous }),
    ...(problem && { problem }),
  }));
  return { [key]: files } as { [K in Key]?: JourneyFile[] };
}

function text(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value.length <= MAX_PREVIEW ? value : `${value.slice(0, MAX_PREVIEW - 1)}…`;
}

function present<Key extends string, Value>(key: Key, value: Value | null): { [K in Key]?: Value } {
  return (value === null ? {} : { [key]: value }) as { [K in Key]?: Value };
}
