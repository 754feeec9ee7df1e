/** The parts that the door calls, as small as they can be: a pipeline that a test drives by hand, and views from arrays. */
import { createHash } from 'node:crypto';
import type { EventRow, MessageJourney, SessionRow, Store } from '@openclaw-gateway/db';
import { GatewayError, newId, Session, type SessionState, type TranscriptEntry } from '@openclaw-gateway/events';
import { pino } from 'pino';
import type { Access, Caller } from '../../access/index.ts';
import { NO_ATTACHMENTS } from '../../attachments/none.ts';
import { NO_AUDIT } from '../../audit/index.ts';
import type { ConfigStore } from '../../config/index.ts';
import { type Config, configSchema } from '../../config/schema/index.ts';
import { ExportJobs } from '../../export/index.ts';
import { createLogCheck } from '../../integrity/index.ts';
import { type Sample, sampleProcess, watchMemory } from '../../operations/memory.ts';
import { createPairing } from '../../pairing/index.ts';
import type { ChannelStatus, Outcome, Parts, Phase, Pipeline, Progress, Submission } from '../../parts.ts';
import { Replays } from '../../replays/index.ts';
import { DataControl } from '../../retention/data-control.ts';
import { createSavedViews } from '../../saved-views/index.ts';

export const TOKEN = 'a-token-that-is-long-enough-0123456789';
export const COOKIE = 'openclaw_session=signed-in';

type Run = { readonly submission: Submission; readonly progress: Omit<Progress, 'type'>; outcome?: Outcome };

export class FakeGateway {
  readonly config: Config;
  readonly runs: Run[] = [];
  readonly rows: EventRow[] = [];
  readonly sessions: SessionRow[] = [];
  readonly states = new Map<string, SessionState>();
  readonly denials: GatewayError[] = [];
  readonly aborted: string[] = [];
  stateDir = '/nonexistent';
  channels: ChannelStatus[] = [];
  phase: Phase = 'ready';
  token = TOKEN;
  /** Who comes in with another token. */
  readonly callers = new Map<string, Caller>();
  /** What the process seems to take, in bytes; what it really does when left out. */
  sample: Sample | undefined;
  readonly memory = watchMemory({
    limit: () => this.config.gateway.limits.memory,
    record: async () => undefined,
    logger: pino({ level: 'silent' }),
    isQuiet: () => false,
    sample: () => this.sample ?? sampleProcess(),
  });
  /** What `receive` waits for, as a commit would be. */
  commit: Promise<void> = Promise.resolve();
  refuse: GatewayError | undefined;
  deny: GatewayError | undefined;
  readonly #listeners = new Set<(progress: Progress) => void>();
  readonly #settled = new Set<() => void>();
  readonly #heads = new Set<() => void>();

  constructor(config: object = {}) {
    this.config = configSchema.parse(config) as Config;
  }

  get parts(): Parts {
    return {
      gatewayId: 'gw_test',
      version: '0.1.0',
      stateDir: this.stateDir,
      startedAt: Date.now(),
      phase: () => this.phase,
      config: {
        current: () => ({ config: this.config, hash: 'abc', path: '/tmp/openclaw.json', exists: false, source: 'start' }),
      } as unknown as ConfigStore,
      configTrials: { current: () => undefined } as Parts['configTrials'],
      store: this.#store(),
      pipeline: this.#pipeline(),
      pairing: createPairing({ store: this.#store() }),
      savedViews: createSavedViews({ store: this.#store() }),
      channelHolds: { hold: () => Promise.reject(new GatewayError('CHANNEL_NOT_FOUND')) },
      channels: {
        status: () => this.channels,
        probe: async () => this.channels.map(({ channel, account }) => ({ channel, account, ok: true, steps: [] })),
        webhook: async () => ({ status: 200 }),
      },
      access: this.#access(),
      isolation: { admits: () => true, refuse: () => new GatewayError('ADDRESS_NOT_ALLOWED'), close: async () => undefined },
      floods: undefined as unknown as Parts['floods'],
      tls: { status: () => ({ state: 'off' }), pending: () => undefined, enabled: false } as unknown as Parts['tls'],
      data: new DataControl({ store: this.#store(), config: () => this.config, now: Date.now }),
      exports: new ExportJobs({ stateDir: this.stateDir, gatewayId: 'gw_test', version: '0.1.0', record: async () => undefined }),
      attachments: NO_ATTACHMENTS,
      audit: NO_AUDIT,
      replays: new Replays({
        stateDir: this.stateDir,
        store: this.#store(),
        tools: () => [],
        models: { resolve: () => Promise.reject(new GatewayError('MODEL_NOT_CONFIGURED')) },
      }),
      auditFeed: { apply: async () => undefined, status: () => ({ state: 'off' }), close: async () => undefined },
      witnesses: { apply: async () => undefined, status: () => [], file: () => undefined, close: async () => undefined },
      retentionSchedule: () => undefined,
      logCheck: createLogCheck({ stateDir: this.stateDir, record: async () => undefined, witnessFile: () => undefined }),
      remote: { status: () => ({ state: 'off' }) },
      metricsExport: { status: () => ({ state: 'off' }) },
      metricsHistory: { leftOut: () => 0 },
      components: { list: () => [] },
      doctor: { run: async () => ({ ok: true, findings: [], checks: [], durationMs: 0 }) },
      traces: { status: () => ({ state: 'off' }) },
      extensions: {
        list: () => [],
        add: () => Promise.reject(new GatewayError('EXTENSION_INVALID')),
        remove: () => Promise.reject(new GatewayError('EXTENSION_NOT_FOUND')),
      },
      tools: { registry: () => [], standing: () => ({ action: 'deny', rule: 'tools', unless: [] }) },
      models: { endpoints: () => [] },
      budgets: { list: () => ({ day: '2026-01-01', timeZone: 'UTC', resetsAt: 0, budgets: [] }) },
      schedules: { list: async () => [], run: async () => ({ messageId: 'msg_none' }) },
      alerts: {
        list: () => ({ enabled: false, alerts: [], rules: [], destinations: [] }),
        silence: async () => ({ until: 0 }),
        unsilence: async () => false,
      },
      memory: this.memory,
      logger: pino({ level: 'silent' }),
      logLevel: {
        current: () => ({ level: 'info', configured: 'info', lostLines: 0 }),
        set: async () => undefined,
        apply: () => undefined,
        close: () => undefined,
      },
      shutdown: () => undefined,
    };
  }

  /** Appends a row to the log's view. */
  append(type: string, sessionId?: string): number {
    const position = this.rows.length + 1;
    const row = { position, time: Date.now(), type, severity: 'info', summary: type } as const;
    this.rows.push(sessionId === undefined ? row : { ...row, sessionId });
    for (const wake of [...this.#heads]) wake();
    return position;
  }

  /** What happens to a message, as the pipeline would tell it. */
  publish(run: Run, event: Record<string, unknown>): void {
    if (event['type'] === 'settled') run.outcome = event['outcome'] as Outcome;
    for (const listener of [...this.#listeners]) listener({ ...run.progress, ...event } as Progress);
    for (const look of [...this.#settled]) look();
  }

  /** A run from start to answer, in pieces. */
  answer(run: Run, pieces: readonly string[]): void {
    this.publish(run, { type: 'started' });
    for (const text of pieces) this.publish(run, { type: 'delta', text });
    const outcome = { status: 'delivered', reply: pieces.join(''), inputTokens: 3, outputTokens: 5 };
    this.publish(run, { type: 'settled', outcome });
  }

  run(index: number): Run {
    const run = this.runs[index];
    if (!run) throw new Error(`no run ${index}`);
    return run;
  }

  /** Puts a conversation into the log's view. */
  say(sessionKey: string, transcript: readonly TranscriptEntry[]): SessionState {
    const sessionId = sessionIdOf(canonical(sessionKey));
    const state = { ...Session.initial(), sessionId, sessionKey: canonical(sessionKey), agentId: 'main', transcript: [...transcript] };
    this.states.set(sessionId, state);
    return state;
  }

  #pipeline(): Pipeline {
    const byKey = new Map<string, Run>();
    return {
      amend: async () => 'recorded',
      receive: async (submission) => {
        await this.commit;
        if (this.refuse) throw this.refuse;
        if (this.deny)
          return { status: 'rejected', messageId: newId('message'), position: 1, error: this.deny, duplicate: false, runId: '' };
        const { sessionKey, agentId, sessionId } = resolve(submission.sessionKey ?? 'main', submission.agentId);
        const key = submission.inbound.externalId ?? newId('message');
        const known = byKey.get(key);
        if (known && known.submission.inbound.text !== submission.inbound.text) throw new GatewayError('IDEMPOTENCY_MISMATCH');
        const requestId = submission.requestId;
        const progress = {
          messageId: newId('message'),
          runId: newId('run'),
          sessionId,
          sessionKey,
          agentId,
          ...(requestId === undefined ? {} : { requestId }),
        };
        const run = known ?? { submission, progress: progress as Omit<Progress, 'type'> };
        const { messageId, runId } = run.progress;
        if (!known) {
          byKey.set(key, run);
          this.runs.push(run);
          this.publish(run, { type: 'queued' });
        }
        return { status: 'accepted', messageId, sessionId, sessionKey, agentId, position: 1, duplicate: known !== undefined, runId };
      },
      follow: () => () => undefined,
      followAll: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      outcome: async (messageId, { timeoutMs }) => {
        const run = this.runs.find(({ progress }) => progress.messageId === messageId);
        if (!run) throw new GatewayError('MESSAGE_NOT_FOUND');
        return new Promise<Outcome>((resolve, reject) => {
          const timer = timeoutMs < 1000 ? setTimeout(() => reject(new GatewayError('DEADLINE_EXCEEDED')), timeoutMs) : undefined;
          const look = () => {
            if (!run.outcome) return;
            clearTimeout(timer);
            this.#settled.delete(look);
            resolve(run.outcome);
          };
          this.#settled.add(look);
          look();
        });
      },
      release: async () => true,
      close: async () => undefined,
      note: async () => undefined,
      abort: async ({ sessionId, messageId }) => {
        const hit = this.runs.filter(
          ({ progress, outcome }) =>
            !outcome && progress.sessionId === sessionId && (messageId === undefined || progress.messageId === messageId),
        );
        for (const run of hit) this.publish(run, { type: 'settled', outcome: { status: 'no_reply', reason: 'aborted' } });
        return hit.map(({ progress }) => progress.messageId);
      },
      resolveSession: resolve,
      explain: () => Promise.reject(new GatewayError('INTERNAL')),
      approvals: () => [],
      decideApproval: async () => Promise.reject(new GatewayError('APPROVAL_NOT_FOUND')),
      openOn: () => 0,
      resubmit: () => Promise.reject(new GatewayError('DEAD_LETTER_NOT_FOUND')),
      discard: () => Promise.reject(new GatewayError('DEAD_LETTER_NOT_FOUND')),
      activity: () => ({ activeRuns: 0, waitingMessages: 0, openSessions: 0 }),
    };
  }

  #store(): Store {
    const journey = (run: Run | undefined) => run && (journeyOf(run) as MessageJourney);
    const reads = {
      sessionState: async (sessionId: string) => this.states.get(sessionId) ?? { ...Session.initial(), sessionId },
      unsettledSessions: async () => [],
      message: async (id: string) => journey(this.runs.find(({ progress }) => progress.messageId === id)),
      messageByRequestId: async (id: string) => journey(this.runs.find(({ submission }) => submission.requestId === id)),
    };
    const views = {
      ...reads,
      overview: async () => ({
        head: this.rows.length,
        headTime: 0,
        sessions: this.sessions.length,
        unsettled: 0,
        held: 0,
        errorsLastHour: 0,
      }),
      sessions: async (_: object, { before, limit }: { before?: number; limit: number }) => {
        const from = this.sessions.filter((row) => before === undefined || row.lastPosition < before);
        const rows = from.slice(0, limit);
        const next = from.length > limit ? rows.at(-1)?.lastPosition : undefined;
        return { rows, head: this.rows.length, ...(next === undefined ? {} : { next }) };
      },
      session: async (id: string) => this.sessions.find((row) => row.sessionId === id),
      messages: async ({ sessionId }: { sessionId: string }) => ({
        rows: this.runs.filter(({ progress }) => progress.sessionId === sessionId).map(journeyOf),
        head: 0,
      }),
      eventsAfter: async (filter: { types?: string[]; sessionId?: string }, { after, limit }: { after: number; limit: number }) => {
        const page = this.rows.slice(after, after + Math.min(limit, 3));
        const rows = page.filter(
          (row) => (!filter.types || filter.types.includes(row.type)) && (!filter.sessionId || row.sessionId === filter.sessionId),
        );
        return { rows, scannedTo: after + page.length };
      },
    };
    const log = {
      head: () => this.rows.length,
      waitForHead: (position: number) =>
        new Promise<void>((done) => {
          const look = () => {
            if (this.rows.length < position) return;
            this.#heads.delete(look);
            done();
          };
          this.#heads.add(look);
          look();
        }),
    };
    return { log, views, pipeline: reads, waitForViews: async () => undefined } as unknown as Store;
  }

  #access(): Access {
    return {
      onRevoked: () => () => undefined,
      tokens: { ofDevice: () => undefined, issueToDevice: async () => ({ token: 'a-device-token', issuedAt: 1 }) },
      devices: { collect: async () => undefined, request: () => ({ requestId: 'pair_test' }) },
      checkToken: (presented: string) => presented === this.token,
      identify: async ({ headers }: { headers: Record<string, string | undefined> }): Promise<Caller | GatewayError> => {
        const token = headers['x-openclaw-token'];
        const known = this.callers.get(token ?? '');
        if (known) return known;
        if (token !== undefined)
          return token === this.token
            ? { method: 'token', actor: { type: 'service_account', id: 'gateway-token' }, roles: ['admin'] }
            : new GatewayError('TOKEN_MISMATCH');
        if (headers['cookie'] === COOKIE) return { method: 'session', actor: { type: 'user', id: 'usr_test' }, roles: ['admin'] };
        return new GatewayError('UNAUTHENTICATED');
      },
      recordRefusal: ({ error }: { error: GatewayError }) => this.denials.push(error),
      recordDenial: ({ error }: { error: GatewayError }) => this.denials.push(error),
    } as unknown as Access;
  }
}

export function canonical(sessionKey: string, agentId = 'main'): string {
  return sessionKey.startsWith('agent:') ? sessionKey : `agent:${agentId}:${sessionKey}`;
}

function resolve(sessionKey: string, agentId?: string): { sessionId: string; sessionKey: string; agentId: string } {
  const key = canonical(sessionKey, agentId);
  return { sessionKey: key, sessionId: sessionIdOf(key), agentId: key.split(':')[1] ?? 'main' };
}

function sessionIdOf(key: string): string {
  return `ses_${createHash('sha256').update(key).digest('hex').slice(0, 26)}`;
}

function journeyOf({ progress, submission, outcome }: Run): object {
  const { messageId, runId, sessionId, agentId } = progress;
  const { requestId } = submission;
  const failed = outcome && 'error' in outcome ? { problem: { code: outcome.error.code, message: outcome.error.message } } : {};
  return {
    messageId,
    runId,
    sessionId,
    agentId,
    requestId,
    status: outcome?.status ?? 'queued',
    settled: outcome !== undefined,
    ...failed,
  };
}
