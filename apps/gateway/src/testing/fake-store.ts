/** A log and its views that a test fills: rows from arrays, messages from what a fake pipeline took. */
import type { EventRow, MessageJourney, SessionRow, Store, ViewQueries } from '@openclaw-gateway/db';
import { Session, type SessionState, type TranscriptEntry } from '@openclaw-gateway/events';
import { canonical, type Run, sessionIdOf } from './fake-pipeline.ts';

export type StoreState = {
  readonly runs: Run[];
  /** The log's view. */
  readonly rows: EventRow[];
  readonly sessions: SessionRow[];
  readonly states: Map<string, SessionState>;
  /** What views answer instead of what follows from these. */
  views: Partial<Record<keyof ViewQueries, (...args: never[]) => unknown>>;
  stats: { head: number; pendingEvents: number; pendingBytes: number; fileBytes: number; walBytes: number };
};

export function fakeStore(state: StoreState) {
  const { rows, sessions, states, runs } = state;
  const heads = new Set<() => void>();
  const head = () => Math.max(rows.length, state.stats.head);
  const log = {
    head,
    stats: () => state.stats,
    waitForHead: (position: number) =>
      new Promise<void>((done) => {
        const look = () => {
          if (head() < position) return;
          heads.delete(look);
          done();
        };
        heads.add(look);
        look();
      }),
  };
  const fromArrays: Record<string, (...args: never[]) => unknown> = {
    sessionState: (sessionId: string) => states.get(sessionId) ?? { ...Session.initial(), sessionId },
    unsettledSessions: () => [],
    message: (id: string) => journeyOf(runs.find(({ progress }) => progress.messageId === id)),
    messageByRequestId: (id: string) => journeyOf(runs.find(({ submission }) => submission.requestId === id)),
    overview: () => ({ head: head(), headTime: 0, sessions: sessions.length, unsettled: 0, held: 0, errorsLastHour: 0 }),
    traffic: () => ({ received: [], delivered: [], failed: [] }),
    sessions: (_: object, { before, limit }: { before?: number; limit: number }) => {
      const from = sessions.filter((row) => before === undefined || row.lastPosition < before);
      const page = from.slice(0, limit);
      const next = from.length > limit ? page.at(-1)?.lastPosition : undefined;
      return { rows: page, head: head(), ...(next === undefined ? {} : { next }) };
    },
    session: (id: string) => sessions.find((row) => row.sessionId === id),
    messages: ({ sessionId }: { sessionId: string }) => ({
      rows: runs.filter(({ progress }) => progress.sessionId === sessionId).map(journeyOf),
      head: 0,
    }),
    eventsAfter: (filter: { types?: string[]; sessionId?: string }, { after, limit }: { after: number; limit: number }) => {
      const page = rows.slice(after, after + Math.min(limit, 3));
      const found = page.filter(
        (row) => (!filter.types || filter.types.includes(row.type)) && (!filter.sessionId || row.sessionId === filter.sessionId),
      );
      return { rows: found, scannedTo: after + page.length };
    },
  };
  const views = new Proxy(
    {},
    {
      get:
        (_, name: keyof ViewQueries) =>
        async (...args: never[]) =>
          (state.views[name] ?? fromArrays[name])?.(...args),
    },
  );
  const store = {
    log,
    views,
    pipeline: views,
    projections: () => [],
    measurements: { record: async () => ({ leftOut: 0 }), history: async () => ({ lines: [], leftOut: 0 }) },
    checkpoints: { onMade: () => () => undefined, onContradiction: () => () => undefined },
    waitForViews: async () => undefined,
    pseudonym: () => new Uint8Array(32),
    pushKey: new Uint8Array(32).fill(1),
  } as unknown as Store;
  return {
    store,
    /** Appends a row to the log's view. */
    append(type: string, sessionId?: string): number {
      const position = rows.length + 1;
      const row = { position, time: Date.now(), type, severity: 'info', summary: type } as const;
      rows.push(sessionId === undefined ? row : { ...row, sessionId });
      for (const wake of [...heads]) wake();
      return position;
    },
    /** Puts a conversation into the log's view. */
    say(sessionKey: string, transcript: readonly TranscriptEntry[]): SessionState {
      const key = canonical(sessionKey);
      const session = { ...Session.initial(), sessionId: sessionIdOf(key), sessionKey: key, agentId: 'main', transcript: [...transcript] };
      states.set(session.sessionId, session);
      return session;
    },
  };
}

function journeyOf(run: Run | undefined): MessageJourney | undefined {
  if (!run) return undefined;
  const { progress, submission, outcome } = run;
  const { messageId, runId, sessionId, agentId } = progress;
  const { requestId } = submission;
  const failed = outcome && 'error' in outcome ? { problem: { code: outcome.error.code, message: outcome.error.message } } : {};
  const status = outcome?.status ?? 'queued';
  return {
    messageId,
    runId,
    sessionId,
    agentId,
    requestId,
    status,
    settled: outcome !== undefined,
    ...failed,
  } as unknown as MessageJourney;
}
