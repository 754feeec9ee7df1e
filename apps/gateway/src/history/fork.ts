import type { AppendRequest, EventLog } from '@openclaw-gateway/db';
import {
  type Actor,
  type EventMetadata,
  GatewayError,
  idFromBytes,
  type NewEvent,
  Session,
  SessionCarried,
  SessionForked,
  SessionOpened,
  type SessionState,
  type StoredEvent,
  type TranscriptEntry,
} from '@openclaw-gateway/events';
import type { Moment } from './moment.ts';
import { streamTo } from './reader.ts';

/** What a fork needs of the store of a gateway. */
export type ForkStore = { readonly log: EventLog; readonly pseudonym: (text: string) => Uint8Array };

export type ForkRequest = {
  readonly sessionId: string;
  readonly at: Moment;
  /** The new session's key; the old one's with `:fork:<position>` when left out. */
  readonly key?: string;
  readonly reason: string;
  readonly actor: Actor;
};

export type Forked = { readonly sessionId: string; readonly sessionKey: string; readonly position: number; readonly entries: number };

type Source = {
  readonly state: SessionState;
  /** Who each part of the conversation is about, by its position. */
  readonly subjects: ReadonlyMap<number, string>;
  readonly subject: string | undefined;
};

const MAX_EVENTS = 1000;
const MAX_ENTRIES_IN_EVENT = 100;
const MAX_CHARACTERS_IN_EVENT = 256 * 1024;

/**
 * Begins a new session with the conversation of another one as it was at a moment. What was unfinished then is not taken up
 * again: a tool call without a result gets one that says so. Throws SESSION_NOT_FOUND when the session had not begun,
 * SESSION_EXISTS when the key is taken, BODY_TOO_LARGE when the conversation does not fit one commit.
 */
export async function forkSession(store: ForkStore, { sessionId, at, key, reason, actor }: ForkRequest): Promise<Forked> {
  const { state, subjects, subject } = await readSource(store.log, sessionId, at);
  const { agentId, channel, account, peer } = state;
  const sessionKey = keyOf(key ?? `${state.sessionKey}:fork:${at.position}`, agentId);
  const forkId = idFromBytes('session', store.pseudonym(sessionKey).subarray(0, 16));
  const streamId = `session/${forkId}`;
  const metadata: EventMetadata = { sessionId: forkId, agentId, channel, actor };
  const entries = withClosedCalls(state.transcript);
  const own = subject === undefined ? metadata : { ...metadata, subject };
  const commit: { readonly event: NewEvent; readonly metadata: EventMetadata }[] = [
    { event: SessionForked.create({ sessionId: forkId, fromSessionId: sessionId, position: at.position, reason }), metadata },
    {
      event: SessionOpened.create({ sessionId: forkId, sessionKey, agentId, channel, account, peer: peer ?? { kind: 'direct', id: '-' } }),
      metadata: own,
    },
    ...carried(forkId, entries, subjects, metadata),
  ];
  if (commit.length > MAX_EVENTS) throw tooLong(commit.length);
  const request: AppendRequest = { events: commit.map((item) => ({ streamId, ...item })), expected: { [streamId]: 'none' } };
  const result = await store.log.append(request);
  if (!result.ok) throw new GatewayError('SESSION_EXISTS', { message: `There is a session with the key ${sessionKey} already.` });
  return { sessionId: forkId, sessionKey, position: result.last, entries: entries.length };
}

async function readSource(log: EventLog, sessionId: string, at: Moment): Promise<Source> {
  let state = Session.initial();
  let subject: string | undefined;
  const subjects = new Map<number, string>();
  for await (const page of streamTo(log, `session/${sessionId}`, at.position)) {
    for (const event of page) {
      state = Session.evolve(state, event);
      subject ??= subjectOf(event);
      const own = subjectOf(event);
      if (own !== undefined) subjects.set(event.position, own);
    }
  }
  if (state.sessionKey === '') {
    throw new GatewayError('SESSION_NOT_FOUND', { message: `The session ${sessionId} did not exist at position ${at.position}.` });
  }
  return { state, subjects, subject };
}

function subjectOf({ metadata }: StoredEvent): string | undefined {
  return metadata.subject;
}

function keyOf(key: string, agentId: string): string {
  return /^agent:[^:]+:./.test(key) ? key : `agent:${agentId}:${key}`;
}

/** A model refuses a conversation in which a call has no result. */
function withClosedCalls(transcript: readonly TranscriptEntry[]): TranscriptEntry[] {
  const last = transcript.findLastIndex((entry) => entry.role === 'assistant');
  const asked = transcript[last];
  if (asked?.role !== 'assistant') return [...transcript];
  const answered = new Set(transcript.slice(last).flatMap((entry) => (entry.role === 'tool' ? [entry.callId] : [])));
  const { time, position } = asked;
  const result = { code: 'TOOL_INTERRUPTED', message: 'The call was not finished when the session was forked.' };
  const missing = asked.toolCalls.filter((call) => !answered.has(call.callId));
  return [
    ...transcript,
    ...missing.map(({ callId, tool }): TranscriptEntry => ({ role: 'tool', callId, tool, result, failed: true, time, position })),
  ];
}

/** Few events, each about one person, so that one person's part can go without the others'. */
function carried(
  sessionId: string,
  entries: readonly TranscriptEntry[],
  subjects: ReadonlyMap<number, string>,
  metadata: EventMetadata,
): { event: NewEvent; metadata: EventMetadata }[] {
  const groups: { subject: string | undefined; entries: TranscriptEntry[]; characters: number }[] = [];
  for (const entry of entries) {
    const subject = subjects.get(entry.position);
    const characters = JSON.stringify(entry).length;
    const group = groups.at(-1);
    const fits =
      group &&
      group.subject === subject &&
      group.entries.length < MAX_ENTRIES_IN_EVENT &&
      group.characters + characters <= MAX_CHARACTERS_IN_EVENT;
    if (fits) {
      group.entries.push(entry);
      group.characters += characters;
    } else groups.push({ subject, entries: [entry], characters });
  }
  return groups.map((group) => ({
    event: SessionCarried.create({ sessionId, entries: group.entries as Parameters<typeof SessionCarried.create>[0]['entries'] }),
    metadata: group.subject === undefined ? metadata : { ...metadata, subject: group.subject },
  }));
}

function tooLong(events: number): GatewayError {
  const message = `The conversation up to there would need ${events} events; at most ${MAX_EVENTS} are taken. Fork it at an earlier position.`;
  return new GatewayError('BODY_TOO_LARGE', { message, details: { events, limit: MAX_EVENTS } });
}
