/** Reads what is on disk after the crashes and says what does not hold: the rows with SQL of its own, what they mean as anybody reads it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainedRow, openStoreReadOnly, verifyChain } from '@openclaw-gateway/db';
import { type StoredEvent, TERMINAL_MESSAGE_EVENTS } from '@openclaw-gateway/events';
import Database from 'better-sqlite3';
import type { SentMessage } from '../stand-ins/telegram.ts';

export type LoggedEvent = {
  readonly position: number;
  readonly streamId: string;
  readonly type: string;
  readonly messageId: string;
  readonly data: Record<string, unknown>;
};

export type Evidence = {
  readonly acknowledged: ReadonlySet<string>;
  readonly said: ReadonlySet<string>;
  readonly sent: readonly SentMessage[];
};

export type Verdict = {
  readonly events: number;
  readonly messages: number;
  readonly lost: number;
  readonly duplicatesMarked: number;
  readonly duplicatesUnmarked: number;
  /** What must never happen, in words. */
  readonly violations: readonly string[];
};

const PAGE = 250;
const TERMINAL: ReadonlySet<string> = new Set(TERMINAL_MESSAGE_EVENTS.map(({ type }) => type));
const SELECT = `SELECT e.position, s.stream_id AS streamId, e.version, t.type, e.schema_version AS schemaVersion, e.time, e.event_id AS eventId,
  e.metadata, e.data_hash AS dataHash, e.hash, e.data, e.sealed FROM events e JOIN streams s USING (stream_no) JOIN event_types t USING (type_no) ORDER BY e.position`;

export async function judge(stateDir: string, evidence: Evidence): Promise<Verdict> {
  const violations = judgeFile(stateDir);
  const events = await readEvents(stateDir);
  violations.push(...disorder(events));
  return { ...judgeMessages(events, evidence, violations), events: events.length, violations };
}

/** What is violated already while the rounds go on: whatever is still under way is judged at the end. */
export async function judgeSoFar(stateDir: string, acknowledged: ReadonlySet<string>): Promise<string[]> {
  const violations = judgeFile(stateDir);
  const events = await readEvents(stateDir);
  const copies = Map.groupBy(
    events.filter(({ type }) => type === 'message.received'),
    ({ data }) => String(data['text']),
  );
  const lost = [...acknowledged].filter((text) => !copies.has(text));
  if (lost.length > 0) violations.push(`${lost.length} acknowledged messages are not in the log: ${lost.slice(0, 3).join(', ')}`);
  for (const [text, taken] of copies) if (taken.length > 1) violations.push(`${text} was taken ${taken.length} times`);
  return [...violations, ...disorder(events)];
}

/** What does not hold for the file itself, whatever its events mean. The gateway need not have ended well. */
export function judgeFile(stateDir: string): string[] {
  const path = join(stateDir, 'state/events.db');
  if (!existsSync(path)) return [];
  const db = new Database(path, { readonly: true });
  try {
    const violations: string[] = [];
    const integrity = db.pragma('integrity_check', { simple: true });
    if (integrity !== 'ok') violations.push(`integrity_check: ${integrity}`);
    // A start that failed while it made the file leaves one without tables; nothing can have been promised then.
    if (!db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'events'").get()) return violations;
    const rows = db.prepare<[], ChainedRow>(SELECT).all();
    const chain = verifyChain(rows);
    if (!chain.ok) violations.push(`the chain breaks at ${chain.position}: ${chain.reason}`);
    const gap = rows.findIndex((row, index) => row.position !== index + 1);
    if (gap !== -1) violations.push(`position ${gap + 1} is missing`);
    return [...violations, ...versionGaps(rows)];
  } finally {
    db.close();
  }
}

/** The whole log, as a command beside a stopped gateway reads it. */
export async function readEvents(stateDir: string): Promise<LoggedEvent[]> {
  const store = await openStoreReadOnly({ dir: join(stateDir, 'state') });
  try {
    const events: LoggedEvent[] = [];
    for (;;) {
      const page = await store.log.readAll({ after: events.length, limit: PAGE });
      events.push(...page.map(toEvent));
      if (page.length < PAGE) return events;
    }
  } finally {
    await store.close();
  }
}

function judgeMessages(events: readonly LoggedEvent[], { acknowledged, said, sent }: Evidence, violations: string[]) {
  const received = events.filter(({ type }) => type === 'message.received');
  const byText = Map.groupBy(received, ({ data }) => String(data['text']));
  const flows = Map.groupBy(events, ({ messageId }) => messageId);
  let lost = 0;
  for (const text of new Set([...acknowledged, ...said])) {
    const copies = byText.get(text) ?? [];
    if (copies.length === 0) lost += 1;
    if (copies.length > 1) violations.push(`${text} was taken ${copies.length} times`);
  }
  if (lost > 0) violations.push(`${lost} acknowledged messages are not in the log`);
  for (const { messageId, data } of received) {
    const ends = (flows.get(messageId) ?? []).filter(({ type }) => TERMINAL.has(type));
    if (ends.length !== 1) violations.push(`${data['text']} has ${ends.length} terminal events`);
    const [end] = ends;
    if (end && end.type !== 'message.delivered') violations.push(`${data['text']} ended as ${end.type}: ${JSON.stringify(end.data)}`);
  }
  const { marked, unmarked } = judgeSends(byText, flows, said, sent, violations);
  return { messages: received.length, lost, duplicatesMarked: marked, duplicatesUnmarked: unmarked };
}

/** Telegram cannot tell a repeated send from a new one, so a second send is allowed only where the log says so. */
function judgeSends(
  byText: ReadonlyMap<string, readonly LoggedEvent[]>,
  flows: ReadonlyMap<string, readonly LoggedEvent[]>,
  said: ReadonlySet<string>,
  sent: readonly SentMessage[],
  violations: string[],
) {
  const sends = Map.groupBy(sent, ({ text }) => text);
  let marked = 0;
  let unmarked = 0;
  for (const text of said) {
    const times = sends.get(`re: ${text}`)?.length ?? 0;
    const flow = byText.get(text)?.flatMap(({ messageId }) => flows.get(messageId) ?? []) ?? [];
    if (times === 0)
      violations.push(
        `${text} was not answered on Telegram; in the log: ${flow.map(({ position, type }) => `${position} ${type}`).join(', ') || 'nothing'}`,
      );
    if (times < 2) continue;
    const says = flow.some(({ type, data }) => type.startsWith('delivery.') && data['possiblyDuplicate'] === true);
    if (says) marked += 1;
    else unmarked += 1;
  }
  if (unmarked > 0) violations.push(`${unmarked} replies were sent twice and nothing in the log says so`);
  return { marked, unmarked };
}

/** In each session messages are answered in the order they came, and each sender's came in the order they were written. */
function disorder(events: readonly LoggedEvent[]): string[] {
  return [...Map.groupBy(events, ({ streamId }) => streamId)].flatMap(([streamId, of]) => {
    if (!streamId.startsWith('session/')) return [];
    const came = of.filter(({ type }) => type === 'message.received').map(({ messageId }) => messageId);
    const began = [...new Set(of.filter(({ type }) => type === 'run.started').map(({ messageId }) => messageId))];
    const numbers = of.filter(({ type }) => type === 'message.received').map(({ data }) => Number(String(data['text']).split('#')[1]));
    const inOrder = began.every((messageId, index) => messageId === came[index]);
    const ascending = numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
    return [
      ...(inOrder ? [] : [`${streamId}: messages were not answered in the order they came`]),
      ...(ascending ? [] : [`${streamId}: messages came out of order`]),
    ];
  });
}

function versionGaps(rows: readonly ChainedRow[]): string[] {
  const versions = new Map<string, number>();
  const gaps: string[] = [];
  for (const { streamId, version } of rows) {
    if (version !== (versions.get(streamId) ?? 0) + 1) gaps.push(`${streamId} has no version before ${version}`);
    versions.set(streamId, version);
  }
  return gaps;
}

function toEvent({ position, streamId, type, metadata, data }: StoredEvent): LoggedEvent {
  return { position, streamId, type, messageId: metadata.correlationId ?? '', data: data as Record<string, unknown> };
}
