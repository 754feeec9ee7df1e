/**
 * The reading half of erasing, archiving and removing: finds what is due, writes segments and verifies them. Only looks at
 * the log; what changes it is done by the writer. Synchronous and in pages, so that whoever calls it can pause in between.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EVENTS } from '@openclaw-gateway/events/catalog/index';
import type { Retention as RetentionClass } from '@openclaw-gateway/events/define';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { CHAIN_START, leafHash } from '../chain.ts';
import type { Connection } from '../sqlite/connection.ts';
import type { SegmentRow } from '../sqlite/protocol.ts';
import type { ArchivedSegment, RetentionPlan, SubjectTrace } from './port.ts';
import { manifestFile, readSegment, removeSegment, type SegmentBody, writeSegment } from './segment.ts';

/** Rows looked at in one step. */
const PAGE = 2000;
const SEGMENT_EVENTS = 5000;
const SEGMENT_BYTES = 8 * 1024 * 1024;

const CLASS = new Map<string, RetentionClass>(EVENTS.map(({ type, retention }) => [type, retention]));
/** What is folded when the gateway starts, or says what was done to data, is always at hand. */
const ARCHIVED_STREAMS = /^(session|channel)\//;

export type Slice<Found> = Found & { readonly scannedTo: number; readonly done: boolean };
export type TraceSlice = Slice<{
  /** Events whose data can no longer be read once the key is destroyed. */
  readonly positions: readonly number[];
  readonly trace: Omit<SubjectTrace, 'hasKey' | 'subject'>;
}>;
export type DueSlice = Slice<{
  readonly content: readonly number[];
  readonly debug: readonly number[];
  readonly kept: number;
  readonly sessions: readonly string[];
}>;
export type SegmentSlice = Slice<{
  readonly written?: { readonly segment: ArchivedSegment; readonly row: SegmentRow; readonly positions: readonly number[] };
}>;
export type SegmentExpiry = {
  readonly first: number;
  readonly file: string;
  readonly positions: readonly number[];
  readonly sessions: readonly string[];
  readonly by?: SegmentRow;
};

type Header = {
  readonly position: number;
  readonly streamId: string;
  readonly type: string;
  readonly time: number;
  readonly metadata: string;
  readonly hasBody: number;
};

export class RetentionOperations {
  readonly #dir: string;
  readonly #statements: ReturnType<typeof prepareStatements>;

  /** `dir`: where the segments lie. */
  constructor(db: Connection, dir: string) {
    this.#dir = dir;
    this.#statements = prepareStatements(db);
  }

  /** What a page of the log holds of a subject. */
  trace(subject: string, after: number): TraceSlice {
    const rows = this.#statements.ofSubject.all(after, after + PAGE, `"subject":${JSON.stringify(subject)}`);
    const sessions = new Map<string, number>();
    for (const { streamId } of rows) {
      const sessionId = sessionOf(streamId);
      if (sessionId) sessions.set(sessionId, (sessions.get(sessionId) ?? 0) + 1);
    }
    const times = rows.map((row) => row.time);
    return {
      ...this.#slice(after),
      positions: rows.filter((row) => row.isSealed || !row.hasBody).map((row) => row.position),
      trace: {
        events: rows.length,
        sealedEvents: rows.filter((row) => row.isSealed).length,
        sessions: [...sessions].map(([sessionId, events]) => ({ sessionId, events })),
        ...(times.length > 0 && { firstTime: times[0] ?? 0, lastTime: times.at(-1) ?? 0 }),
      },
    };
  }

  hasKey(keys: Connection | undefined, subject: string): boolean {
    return keys?.prepare<[string], number>('SELECT 1 FROM subject_keys WHERE subject = ?').pluck().get(subject) !== undefined;
  }

  /** Which bodies of a page have had their time. */
  due(plan: RetentionPlan, after: number): DueSlice {
    const content: number[] = [];
    const debug: number[] = [];
    const sessions = new Set<string>();
    let kept = 0;
    const keeps = keeper(plan);
    for (const row of this.#headers(after)) {
      if (!row.hasBody || !isOver(row, plan)) continue;
      if (keeps(row)) {
        kept += 1;
        continue;
      }
      (CLASS.get(row.type) === 'debug' ? debug : content).push(row.position);
      const sessionId = sessionOf(row.streamId);
      if (sessionId) sessions.add(sessionId);
    }
    return { ...this.#slice(after), content, debug, kept, sessions: [...sessions] };
  }

  /** Writes the next segment, with a dry run only says what would be in it, and reads it back. */
  nextSegment(plan: RetentionPlan, after: number, dryRun: boolean): SegmentSlice {
    const keeps = keeper(plan);
    const bodies: SegmentBody[] = [];
    let bytes = 0;
    let scannedTo = after;
    for (let slice = this.#slice(after); bodies.length < SEGMENT_EVENTS && bytes < SEGMENT_BYTES; slice = this.#slice(scannedTo)) {
      for (const row of this.#headers(scannedTo)) {
        if (!row.hasBody || row.time >= plan.archiveBefore || !ARCHIVED_STREAMS.test(row.streamId) || keeps(row)) continue;
        const body = this.#statements.body.get(row.position);
        if (!body) continue;
        bodies.push({ position: row.position, ...body });
        bytes += body.data.length + (body.sealed?.length ?? 0);
      }
      scannedTo = slice.scannedTo;
      if (slice.done) break;
    }
    const rest = { scannedTo, done: scannedTo >= this.#head() };
    if (bodies.length === 0) return rest;
    const { segment, row } = dryRun ? planned(bodies, bytes) : this.#write(bodies);
    return { ...rest, written: { segment, row, positions: bodies.map((body) => body.position) } };
  }

  /** Writes a segment anew without the bodies that have had their time; `undefined` where it holds none. */
  expireSegment(
    plan: RetentionPlan,
    { first, file, sha256 }: Pick<SegmentRow, 'first' | 'file' | 'sha256'>,
    dryRun: boolean,
  ): SegmentExpiry | undefined {
    const keeps = keeper(plan);
    const sessions = new Set<string>();
    const positions: number[] = [];
    const bodies = readSegment(join(this.#dir, file), sha256);
    const remaining = bodies.filter(({ position }) => {
      const row = this.#statements.header.get(position);
      if (!row || !isOver(row, plan) || keeps(row)) return true;
      const sessionId = sessionOf(row.streamId);
      if (sessionId) sessions.add(sessionId);
      positions.push(position);
      return false;
    });
    if (positions.length === 0) return undefined;
    const found = { first, file, positions, sessions: [...sessions] };
    return remaining.length === 0 || dryRun ? found : { ...found, by: this.#write(remaining).row };
  }

  segments(after: number): readonly Pick<SegmentRow, 'first' | 'file' | 'sha256'>[] {
    return this.#statements.segments.all(after);
  }

  /** Removes what no segment in the log names: a file that was replaced, or whose writing was cut short. */
  removeStrays(): void {
    const named = new Set(this.#statements.files.all().flatMap((file) => [file, manifestFile(file)]));
    for (const name of filesIn(this.#dir)) if (!named.has(name)) removeSegment(this.#dir, name);
  }

  #write(bodies: readonly SegmentBody[]): { segment: ArchivedSegment; row: SegmentRow } {
    const first = bodies[0]?.position ?? 0;
    const last = bodies.at(-1)?.position ?? 0;
    const firstPreviousHash = this.#statements.hash.get(first - 1) ?? CHAIN_START;
    const lastHash = this.#statements.hash.get(last) ?? CHAIN_START;
    const checkpoint = this.#statements.checkpoint.get();
    const manifest = writeSegment(this.#dir, bodies, {
      firstPreviousHash: firstPreviousHash.toString('hex'),
      lastHash: lastHash.toString('hex'),
      ...(checkpoint && { checkpoint }),
    });
    const sha256 = Buffer.from(manifest.sha256, 'hex');
    this.#verify(join(this.#dir, manifest.file), sha256, bodies.length);
    const { file, events, sizeBytes } = manifest;
    return {
      segment: { file, first, last, events, sizeBytes, sha256: manifest.sha256 },
      row: { first, last, firstPreviousHash, lastHash, file, sha256 },
    };
  }

  /** What leaves the log must be readable where it went, byte for byte what the chain was made of. */
  #verify(path: string, sha256: Buffer, events: number): void {
    const bodies = readSegment(path, sha256);
    const whole = bodies.every(({ position, data, sealed }) => this.#statements.dataHash.get(position)?.equals(leafHash(data, sealed)));
    if (whole && bodies.length === events) return;
    throw new GatewayError('LOG_CORRUPT', { message: 'A segment does not hold what was written into it.', details: { path } });
  }

  #headers(after: number): Header[] {
    return this.#statements.headers.all(after, after + PAGE);
  }

  #slice(after: number): { readonly scannedTo: number; readonly done: boolean } {
    const head = this.#head();
    return { scannedTo: Math.min(after + PAGE, head), done: after + PAGE >= head };
  }

  #head(): number {
    return this.#statements.head.get() ?? 0;
  }
}

function planned(bodies: readonly SegmentBody[], sizeBytes: number): { segment: ArchivedSegment; row: SegmentRow } {
  const first = bodies[0]?.position ?? 0;
  const last = bodies.at(-1)?.position ?? 0;
  return {
    segment: { file: '', first, last, events: bodies.length, sizeBytes, sha256: '' },
    row: { first, last, firstPreviousHash: CHAIN_START, lastHash: CHAIN_START, file: '', sha256: CHAIN_START },
  };
}

function isOver({ type, time }: Pick<Header, 'type' | 'time'>, { contentBefore, debugBefore }: RetentionPlan): boolean {
  const retention = CLASS.get(type) ?? 'audit';
  return retention !== 'audit' && time < (retention === 'content' ? contentBefore : debugBefore);
}

function keeper({ kept }: RetentionPlan): (row: Pick<Header, 'streamId' | 'metadata'>) => boolean {
  const sessions = new Set([...kept.heldSessions, ...kept.unfinishedSessions]);
  const subjects = new Set(kept.heldSubjects);
  return ({ streamId, metadata }) => {
    if (sessions.has(sessionOf(streamId) ?? '')) return true;
    const subject = subjects.size > 0 ? (JSON.parse(metadata) as { subject?: string }).subject : undefined;
    return subject !== undefined && subjects.has(subject);
  };
}

function sessionOf(streamId: string): string | undefined {
  return streamId.startsWith('session/') ? streamId.slice('session/'.length) : undefined;
}

function filesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function prepareStatements(db: Connection) {
  const header = `SELECT e.position, s.stream_id AS streamId, t.type, e.time, e.metadata, e.data IS NOT NULL AS hasBody FROM events e JOIN streams s ON s.stream_no = e.stream_no JOIN event_types t ON t.type_no = e.type_no`;
  type Traced = Header & { readonly isSealed: number };
  type Checkpoint = { readonly position: number; readonly root: string; readonly keyId: string; readonly signature: string };
  return {
    head: db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM events').pluck(),
    headers: db.prepare<[number, number], Header>(`${header} WHERE e.position > ? AND e.position <= ? ORDER BY e.position`),
    header: db.prepare<[number], Header>(`${header} WHERE e.position = ?`),
    ofSubject: db.prepare<[number, number, string], Traced>(
      `${header.replace(' FROM', ', e.sealed IS NOT NULL AS isSealed FROM')}
       WHERE e.position > ? AND e.position <= ? AND instr(e.metadata, ?) > 0 ORDER BY e.position`,
    ),
    body: db.prepare<[number], { data: Buffer; sealed: Buffer | null }>(
      'SELECT data, sealed FROM events WHERE position = ? AND data IS NOT NULL',
    ),
    hash: db.prepare<[number], Buffer>('SELECT hash FROM events WHERE position = ?').pluck(),
    dataHash: db.prepare<[number], Buffer>('SELECT data_hash FROM events WHERE position = ?').pluck(),
    segments: db.prepare<[number], Pick<SegmentRow, 'first' | 'file' | 'sha256'>>(
      'SELECT first, file, sha256 FROM segments WHERE first > ? ORDER BY first LIMIT 1',
    ),
    files: db.prepare<[], string>('SELECT file FROM segments').pluck(),
    checkpoint: db.prepare<[], Checkpoint>(
      `SELECT position, lower(hex(merkle_root)) AS root, key_id AS keyId, lower(hex(signature)) AS signature
       FROM checkpoints ORDER BY position DESC LIMIT 1`,
    ),
  };
}
