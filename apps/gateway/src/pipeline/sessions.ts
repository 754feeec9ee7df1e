import type { AppendRequest, AppendResult, EventLog, PipelineReads } from '@openclaw-gateway/db';
import {
  type EventMetadata,
  forgetCompacted,
  type NewEvent,
  Session,
  SessionCompacted,
  type SessionState,
  type StoredEvent,
} from '@openclaw-gateway/events';

/** A conversation in memory: the fold of its stream, kept up by every append that goes through `commit`. */
export type SessionCell = {
  readonly sessionId: string;
  readonly streamId: string;
  state: SessionState;
  /** An event of this stream was missed, so the state must be read from the log again. */
  stale: boolean;
  /** Characters of transcript, for the bound on memory. */
  weight: number;
  /** Steps under way that hold the cell in memory. */
  users: number;
  /** When it was last asked for, on a clock that only goes forward. */
  usedAt: number;
};

export const sessionStream = (sessionId: string): string => `session/${sessionId}`;

const MAX_CELLS = 2000;
/** Whoever asks for a conversation commits to it within this time, and must not find that another was read meanwhile. */
const GRACE_MS = 5000;
const MAX_WEIGHT = 32 * 1024 * 1024;

/** The conversations in use, the least recently used ones dropped when there are too many. The log has them all. */
export class Sessions {
  readonly #log: EventLog;
  readonly #reads: PipelineReads;
  readonly #cells = new Map<string, SessionCell>();
  readonly #loading = new Map<string, Promise<SessionCell>>();
  #weight = 0;

  constructor(log: EventLog, reads: PipelineReads) {
    this.#log = log;
    this.#reads = reads;
  }

  get size(): number {
    return this.#cells.size;
  }

  /** Characters of all transcripts in memory. */
  get weight(): number {
    return this.#weight;
  }

  /** Drops the conversations that nobody has asked for in this time, in milliseconds. The log has them all. */
  dropIdle(idleMs: number): void {
    const before = performance.now() - Math.max(idleMs, GRACE_MS);
    for (const cell of this.#cells.values()) {
      // The one that was used last comes last.
      if (cell.usedAt > before) return;
      this.#drop(cell);
    }
  }

  /** Those in memory: every one with something unfinished is among them. */
  cells(): Iterable<SessionCell> {
    return this.#cells.values();
  }

  peek(sessionId: string): SessionCell | undefined {
    return this.#cells.get(sessionId);
  }

  /** The conversation, read from the log when it is not in memory. */
  async load(sessionId: string): Promise<SessionCell> {
    const cell = this.#cells.get(sessionId);
    if (cell && !cell.stale) {
      cell.usedAt = performance.now();
      this.#cells.delete(sessionId);
      this.#cells.set(sessionId, cell);
      return cell;
    }
    const loading = this.#loading.get(sessionId) ?? this.#read(sessionId, cell);
    this.#loading.set(sessionId, loading);
    try {
      return await loading;
    } finally {
      this.#loading.delete(sessionId);
    }
  }

  /** A conversation that is known to be new, because its key was made just now: nothing to read. */
  open(sessionId: string): SessionCell {
    return this.#keep(newCell(sessionId, Session.initial()));
  }

  /** What is held in memory of these conversations is no longer what the log says: each is read again before it is next used. */
  forget(sessionIds: Iterable<string>): void {
    for (const sessionId of sessionIds) {
      const cell = this.#cells.get(sessionId);
      if (!cell) continue;
      cell.stale = true;
      this.#drop(cell);
    }
  }

  /**
   * Appends to the conversation's stream and folds what was stored. `ownEvents` follow the others and are the gateway's own doing,
   * not the actor's; `about` is what belongs to another message of the conversation.
   */
  async commit(
    cell: SessionCell,
    events: readonly NewEvent[],
    metadata: EventMetadata,
    {
      ownEvents = [],
      about,
      ...options
    }: Partial<Pick<AppendRequest, 'expected' | 'idempotency'>> & {
      readonly ownEvents?: readonly NewEvent[];
      readonly about?: { readonly events: readonly NewEvent[]; readonly metadata: EventMetadata };
    } = {},
  ): Promise<AppendResult> {
    const { streamId } = cell;
    const { actor: _, ...ownMetadata } = metadata;
    const result = await this.#log.append({
      ...options,
      events: [
        ...events.map((event) => ({ streamId, event, metadata })),
        ...ownEvents.map((event) => ({ streamId, event, metadata: ownMetadata })),
        ...(about?.events ?? []).map((event) => ({ streamId, event, metadata: about?.metadata ?? {} })),
      ],
    });
    if (result.ok) this.#apply(cell, result.events);
    return result;
  }

  /** The same for events of several messages, each with its own metadata. */
  async commitEach(cell: SessionCell, events: readonly { readonly event: NewEvent; readonly metadata: EventMetadata }[]): Promise<void> {
    const result = await this.#log.append({ events: events.map((item) => ({ streamId: cell.streamId, ...item })) });
    if (result.ok) this.#apply(cell, result.events);
  }

  #apply(cell: SessionCell, events: readonly StoredEvent[]): void {
    const said = cell.state.transcript.length;
    for (const event of events) {
      if (event.version !== cell.state.version + 1) {
        cell.stale ||= event.version > cell.state.version;
        return;
      }
      cell.state = Session.evolve(cell.state, event);
    }
    if (events.some(SessionCompacted.is)) this.#forgetCompacted(cell);
    else this.#weigh(cell, said);
  }

  #weigh(cell: SessionCell, said: number): void {
    const added = transcriptWeight(cell.state, said);
    cell.weight += added;
    // One that was dropped while somebody still had it counts no more.
    if (this.#cells.get(cell.sessionId) === cell) this.#weight += added;
  }

  #forgetCompacted(cell: SessionCell): void {
    forgetCompacted(cell.state);
    const weight = 200 + transcriptWeight(cell.state, 0);
    if (this.#cells.get(cell.sessionId) === cell) this.#weight += weight - cell.weight;
    cell.weight = weight;
  }

  async #read(sessionId: string, old: SessionCell | undefined): Promise<SessionCell> {
    const state = await this.#reads.sessionState(sessionId);
    forgetCompacted(state);
    if (!old) return this.#keep(newCell(sessionId, state));
    old.state = state;
    old.stale = false;
    return old;
  }

  #keep(cell: SessionCell): SessionCell {
    this.#cells.set(cell.sessionId, cell);
    this.#weight += cell.weight;
    for (const candidate of this.#cells.values()) {
      if (this.#cells.size <= MAX_CELLS && this.#weight <= MAX_WEIGHT) break;
      if (candidate !== cell) this.#drop(candidate);
    }
    return cell;
  }

  /** Lets go of a conversation, unless something is under way in it. */
  #drop(cell: SessionCell): void {
    if (cell.users > 0 || cell.state.open.size > 0) return;
    this.#cells.delete(cell.sessionId);
    this.#weight -= cell.weight;
  }
}

function newCell(sessionId: string, state: SessionState): SessionCell {
  const weight = 200 + transcriptWeight(state, 0);
  return { sessionId, streamId: sessionStream(sessionId), state, stale: false, weight, users: 0, usedAt: performance.now() };
}

function transcriptWeight(state: SessionState, from: number): number {
  let weight = 0;
  for (let index = from; index < state.transcript.length; index++) {
    const entry = state.transcript[index];
    weight += 100 + (entry && 'text' in entry ? entry.text.length : JSON.stringify(entry?.result ?? '').length);
  }
  return weight;
}
