import type { OpenMessage, SessionState } from '@openclaw-gateway/events';
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { type DisplayMessage, displayMessage, type RequestNames } from '../messages.ts';
import { conversationOf } from './conversation.ts';
import { agentId, sessionKey, unsupported } from './fields.ts';
import { defineMethod } from './method.ts';

const DEFAULT_LIMIT = 200;
const DEFAULT_MAX_CHARS = 100_000;
/** A page ends at this many characters even when its limit is not reached; it has one row at least. */
const PAGE_CHARS = 4 * 1024 * 1024;
const MAX_DELTA_ROWS = 200;
const MAX_PENDING = 20;
const NAMED_MESSAGES = 500;

/** A session's conversation, newest last: a page counted back from the end, or what came after a cursor. */
export const chatHistory = defineMethod({
  name: 'chat.history',
  scope: 'operator.read',
  params: z.strictObject({
    sessionKey,
    agentId: agentId.optional(),
    limit: z.int().min(1).max(1000).default(DEFAULT_LIMIT),
    offset: z.int().nonnegative().default(0),
    maxChars: z.int().min(1).max(500_000).default(DEFAULT_MAX_CHARS),
    cursor: z.string().max(256).optional(),
    messageId: z.string().min(1).optional(),
    sessionId: z.string().min(1).optional(),
    pendingBefore: unsupported,
    inputRunIds: unsupported,
  }),
  run: async (params, context) => {
    const { parts } = context;
    const session = conversationOf(context, params.sessionKey, params.agentId);
    const [state, names] = await Promise.all([parts.store.views.sessionState(session.sessionId), requestNames(parts, session.sessionId)]);
    const tail = { deltaCursor: cursorOf(state), sessionInfo: sessionInfo(state) };
    if (params.cursor !== undefined) {
      const from = cursorIndex(state, params.cursor);
      if (from === undefined || state.transcript.length - from > MAX_DELTA_ROWS) return { kind: 'reset' };
      const page = rowsBefore(state, names, { end: state.transcript.length, limit: MAX_DELTA_ROWS, maxChars: params.maxChars });
      if (page.start > from) return { kind: 'reset' };
      return { kind: 'delta', messages: page.rows.slice(from - page.start), ...tail, pendingInputs: pendingInputs(state) };
    }
    const end = params.messageId === undefined ? state.transcript.length - params.offset : afterMessage(state, params.messageId);
    const page = rowsBefore(state, names, { end: Math.max(0, end), limit: params.limit, maxChars: params.maxChars });
    return {
      sessionKey: session.sessionKey,
      sessionId: session.sessionId,
      messages: page.rows,
      totalMessages: state.transcript.length,
      hasMore: page.start > 0,
      ...(page.start > 0 ? { nextOffset: state.transcript.length - page.start } : {}),
      ...tail,
      ...inFlightRun(state),
      pendingInputs: pendingInputs(state),
    };
  },
});

type Window = { readonly end: number; readonly limit: number; readonly maxChars: number };

function rowsBefore(state: SessionState, names: RequestNames, { end, limit, maxChars }: Window): { start: number; rows: DisplayMessage[] } {
  const rows: DisplayMessage[] = [];
  let chars = 0;
  let start = end;
  while (start > 0 && end - start < limit) {
    const row = displayMessage(state, start - 1, names, maxChars);
    if (!row) break;
    chars += JSON.stringify(row).length;
    if (rows.length > 0 && chars > PAGE_CHARS) break;
    rows.push(row);
    start -= 1;
  }
  return { start, rows: rows.reverse() };
}

/** A page that ends with one message, for a link to it. */
function afterMessage(state: SessionState, messageId: string): number {
  const index = state.transcript.findIndex((entry) => entry.role === 'user' && entry.messageId === messageId);
  if (index < 0) throw new GatewayError('MESSAGE_NOT_FOUND', { details: { messageId } });
  return index + 1;
}

/** A conversation that was ended starts again from nothing, so a cursor also names the conversation's first entry. */
function cursorOf(state: SessionState): string {
  return `${state.transcript[0]?.position ?? 0}.${state.transcript.length}`;
}

function cursorIndex(state: SessionState, cursor: string): number | undefined {
  const match = /^(\d{1,16})\.(\d{1,9})$/.exec(cursor);
  if (!match) return undefined;
  const index = Number(match[2]);
  const sameStart = index === 0 || Number(match[1]) === state.transcript[0]?.position;
  return sameStart && index <= state.transcript.length ? index : undefined;
}

function sessionInfo(state: SessionState): object {
  const active = [...state.open.values()].filter(isActive).map(wireRunId);
  return { hasActiveRun: active.length > 0, activeRunIds: active, agentId: state.agentId, position: state.position };
}

function inFlightRun(state: SessionState): object {
  const run = [...state.open.values()].find(isActive);
  return run ? { inFlightRun: { runId: wireRunId(run), text: '', startedAt: run.runStartedAt ?? run.receivedAt } } : {};
}

function isActive(open: OpenMessage): boolean {
  return open.run === 'running' || open.run === 'retrying';
}

/** What was accepted but is not part of the conversation yet. */
function pendingInputs(state: SessionState): object {
  const waiting = [...state.open.values()].filter((open) => open.run === 'waiting');
  const items = waiting.slice(0, MAX_PENDING).map((open) => ({
    id: open.messageId,
    runId: wireRunId(open),
    message: { role: 'user', content: [{ type: 'text', text: open.received.text }], timestamp: open.receivedAt },
    acceptedAt: open.receivedAt,
    state: 'queued',
  }));
  return { items, total: waiting.length };
}

function wireRunId({ received, runId }: OpenMessage): string {
  return (received.requestId ?? runId).slice(0, 256);
}

/** The transcript does not hold what clients called their requests; the messages' own view does. */
async function requestNames({ store }: Parts, sessionId: string): Promise<RequestNames> {
  const { rows } = await store.views.messages({ sessionId }, { limit: NAMED_MESSAGES });
  const byMessage = new Map<string, string>();
  const byRun = new Map<string, string>();
  for (const { messageId, runId, requestId } of rows) {
    if (requestId === undefined) continue;
    byMessage.set(messageId, requestId);
    if (runId !== undefined) byRun.set(runId, requestId);
  }
  return { byMessage, byRun };
}
