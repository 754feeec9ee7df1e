/** The real door on a real socket over parts that do what a test says. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store, ViewQueries } from '@openclaw-gateway/db';
import { type EventMetadata, GatewayError, type NewEvent, newId } from '@openclaw-gateway/events';
import pino from 'pino';
import { createAccess } from '../../access/index.ts';
import { createIsolation } from '../../access/isolation.ts';
import { NO_ATTACHMENTS } from '../../attachments/none.ts';
import { NO_AUDIT } from '../../audit/index.ts';
import { configSchema } from '../../config/schema/index.ts';
import { createConfigTrials, trialPathIn } from '../../config/trial.ts';
import { ExportJobs } from '../../export/index.ts';
import { createFloods } from '../../floods/index.ts';
import { createLogCheck } from '../../integrity/index.ts';
import { type Sample, sampleProcess, watchMemory } from '../../operations/memory.ts';
import { createTls } from '../../operations/tls/index.ts';
import { createPairing } from '../../pairing/index.ts';
import type { Outcome, Parts, Phase, Progress, Submission } from '../../parts.ts';
import { Replays } from '../../replays/index.ts';
import { DataControl } from '../../retention/data-control.ts';
import { createSavedViews } from '../../saved-views/index.ts';
import { createHttp, type HttpDoor, type HttpOptions } from '../index.ts';

export type FakeGateway = AsyncDisposable & {
  readonly url: string;
  readonly token: string;
  readonly parts: Parts;
  readonly app: HttpDoor['app'];
  readonly stateDir: string;
  readonly server: Server;
  readonly submissions: Submission[];
  readonly recorded: { readonly event: NewEvent; readonly metadata: EventMetadata | undefined }[];
  /** The lines of the log. */
  readonly logged: string[];
  readonly aborted: string[];
  readonly shutdowns: string[];
  readonly views: Partial<Record<keyof ViewQueries, (...args: never[]) => unknown>>;
  /** What becomes of a message. */
  respond: (submission: Submission, publish: Publish) => Promise<Outcome>;
  /** What receiving it gives instead of an acceptance. */
  refuse: (submission: Submission) => GatewayError | 'rejected' | 'duplicate' | undefined;
  /** What a channel's account answers its service. */
  called: Parts['channels']['webhook'];
  phase: Phase;
  /** What the process seems to take, in bytes; what it really does when left out. */
  sample: Sample | undefined;
  stats: { head: number; pendingEvents: number; pendingBytes: number; fileBytes: number; walBytes: number };
  /** Puts another configuration in force. */
  change(config: object): void;
  /** A request with the gateway token, unless it brings other headers. */
  fetch(path: string, init?: RequestInit & { readonly json?: unknown; readonly anonymous?: boolean }): Promise<Response>;
};

type Publish = (progress: { type: 'delta'; text: string } | { type: 'reset' }) => void;

export const delivered = (reply: string): Outcome => ({ status: 'delivered', reply, inputTokens: 3, outputTokens: 5 });

export async function startFakeGateway(config: object = {}, options: HttpOptions = {}): Promise<FakeGateway> {
  const stateDir = await mkdtemp(join(tmpdir(), 'http-'));
  const logged: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => logged.push(line) });
  const listeners = new Set<Parameters<Parts['config']['onChange']>[0]>();
  const snapshot = {
    config: configSchema.parse(config),
    hash: 'c0ffee00',
    path: join(stateDir, 'openclaw.json'),
    exists: true,
    source: 'start',
  };
  const fake = {
    submissions: [] as Submission[],
    recorded: [] as FakeGateway['recorded'],
    aborted: [] as string[],
    shutdowns: [] as string[],
    views: {} as FakeGateway['views'],
    phase: 'ready' as Phase,
    sample: undefined as Sample | undefined,
    stats: { head: 7, pendingEvents: 0, pendingBytes: 0, fileBytes: 4096, walBytes: 0 },
    respond: async (submission: Submission, _publish: Publish): Promise<Outcome> => delivered(`echo: ${submission.inbound.text}`),
    refuse: (_: Submission): GatewayError | 'rejected' | 'duplicate' | undefined => undefined,
    called: (async () => ({ status: 200 })) as Parts['channels']['webhook'],
  };
  const views = new Proxy(
    {},
    {
      get:
        (_, name: keyof ViewQueries) =>
        async (...args: never[]) =>
          fake.views[name]?.(...args),
    },
  );
  const store = {
    log: { head: () => fake.stats.head, stats: () => fake.stats },
    views,
    pipeline: views,
    projections: () => [],
    measurements: { record: async () => ({ leftOut: 0 }), history: async () => ({ lines: [], leftOut: 0 }) },
    checkpoints: { onMade: () => () => undefined, onContradiction: () => () => undefined },
    waitForViews: async () => undefined,
    pseudonym: () => new Uint8Array(32),
  } as unknown as Store;
  const configStore = {
    current: () => snapshot,
    onChange: (listener: never) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as Parts['config'];
  const floods = createFloods({
    settings: () => configStore.current().config.gateway.security.ddos,
    record: async (_, event, metadata) => fake.recorded.push({ event, metadata }),
    pseudonym: store.pseudonym,
    logger,
  });
  const gatewayId = newId('gateway');
  const access = await createAccess({
    gatewayId,
    onDenial: floods.denied,
    stateDir,
    config: configStore,
    env: {},
    record: async (_, event, metadata) => fake.recorded.push({ event, metadata }),
    pseudonym: store.pseudonym,
    logger,
  });
  const isolation = createIsolation({
    config: configStore,
    record: async (_, event, metadata) => fake.recorded.push({ event, metadata }),
    pseudonym: store.pseudonym,
    logger,
  });
  const configPath = snapshot.path;
  const tls = await createTls({
    stateDir,
    configPath,
    config: snapshot.config,
    record: async (event) => void fake.recorded.push({ event, metadata: undefined }),
    logger,
  });
  const memory = watchMemory({
    limit: () => configStore.current().config.gateway.limits.memory,
    record: async (event) => fake.recorded.push({ event, metadata: undefined }),
    logger,
    isQuiet: () => false,
    sample: () => fake.sample ?? sampleProcess(),
  });
  const exports = new ExportJobs({ stateDir, gatewayId, version: '1.2.3', record: async () => undefined });
  const configTrials = createConfigTrials({
    store: configStore,
    record: async (event) => void fake.recorded.push({ event, metadata: undefined }),
    path: trialPathIn(stateDir),
    problems: () => [],
    restart: () => undefined,
    logger,
  });
  const parts: Parts = {
    gatewayId,
    version: '1.2.3',
    stateDir,
    startedAt: Date.now() - 1000,
    configTrials,
    phase: () => fake.phase,
    config: configStore,
    store,
    pipeline: fakePipeline(fake),
    pairing: createPairing({ store }),
    savedViews: createSavedViews({ store }),
    channelHolds: { hold: () => Promise.reject(new GatewayError('CHANNEL_NOT_FOUND')) },
    channels: { status: () => [], probe: async () => [], webhook: (...call) => fake.called(...call) },
    access,
    isolation,
    floods,
    tls,
    data: new DataControl({ store, config: () => configStore.current().config, now: Date.now }),
    exports,
    attachments: NO_ATTACHMENTS,
    audit: NO_AUDIT,
    replays: new Replays({
      stateDir: stateDir,
      store: store,
      tools: () => [],
      models: { resolve: () => Promise.reject(new GatewayError('MODEL_NOT_CONFIGURED')) },
    }),
    auditFeed: { apply: async () => undefined, status: () => ({ state: 'off' }), close: async () => undefined },
    witnesses: { apply: async () => undefined, status: () => [], file: () => undefined, close: async () => undefined },
    retentionSchedule: () => undefined,
    logCheck: createLogCheck({ stateDir: stateDir, record: async () => undefined, witnessFile: () => undefined }),
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
    memory,
    logger,
    logLevel: {
      current: () => ({ level: 'info', configured: 'info', lostLines: 0 }),
      set: async () => undefined,
      apply: () => undefined,
      close: () => undefined,
    },
    shutdown: (reason) => fake.shutdowns.push(reason),
  };
  const door = await createHttp(parts, { dashboardDir: join(stateDir, 'dashboard'), ...options });
  await door.listen({ host: '127.0.0.1', port: 0 });
  await tls.start({ host: '127.0.0.1', port: door.address()?.port ?? 0 });
  const url = `http://127.0.0.1:${door.address()?.port}`;
  return Object.assign(fake, {
    url,
    token: access.token(),
    parts,
    app: door.app,
    stateDir,
    server: door.app.server,
    logged,
    change(next: object) {
      Object.assign(snapshot, { config: configSchema.parse(next) });
      for (const listener of listeners) listener({ snapshot } as never, snapshot as never);
    },
    fetch(path: string, { json, anonymous = false, headers, ...init }: Parameters<FakeGateway['fetch']>[1] = {}) {
      const all = new Headers(headers);
      if (!anonymous) all.set('authorization', `Bearer ${access.token()}`);
      if (json !== undefined) all.set('content-type', 'application/json');
      return fetch(url + path, {
        ...init,
        headers: all,
        ...(json === undefined ? {} : { method: init.method ?? 'POST', body: JSON.stringify(json) }),
      });
    },
    async [Symbol.asyncDispose]() {
      await door.close();
      await tls.close();
      await access.close();
      await isolation.close();
      memory.close();
      await rm(stateDir, { recursive: true });
    },
  });
}

function fakePipeline(fake: Pick<FakeGateway, 'submissions' | 'aborted' | 'refuse' | 'respond'>): Parts['pipeline'] {
  const listeners = new Map<string, Set<(progress: Progress) => void>>();
  const outcomes = new Map<string, Promise<Outcome>>();
  return {
    async receive(submission) {
      fake.submissions.push(submission);
      const refused = fake.refuse(submission);
      if (refused instanceof GatewayError) throw refused;
      const messageId = newId('message');
      if (refused === 'rejected') {
        return { status: 'rejected', messageId, position: 3, error: new GatewayError('SENDER_NOT_ALLOWED'), duplicate: false, runId: '' };
      }
      const sessionKey = `agent:main:${submission.sessionKey ?? 'x'}`;
      const common = { messageId, runId: newId('run'), sessionId: newId('session'), sessionKey, agentId: submission.agentId ?? 'main' };
      const publish: Publish = (progress) => {
        for (const listener of listeners.get(messageId) ?? []) listener({ ...common, ...progress });
      };
      // As in the real pipeline nothing happens before whoever brought the message knows of it.
      const outcome = new Promise<void>(setImmediate).then(() => fake.respond(submission, publish));
      outcome.catch(() => undefined);
      outcomes.set(messageId, outcome);
      return { status: 'accepted', ...common, position: 5, duplicate: refused === 'duplicate' };
    },
    follow(messageId, listener) {
      const set = listeners.get(messageId) ?? new Set();
      listeners.set(messageId, set.add(listener));
      return () => set.delete(listener);
    },
    amend: async () => 'recorded',
    followAll: () => () => undefined,
    outcome(messageId, { timeoutMs, signal }) {
      return new Promise((resolve, reject) => {
        const giveUp = () => reject(new GatewayError('DEADLINE_EXCEEDED'));
        const timer = setTimeout(giveUp, Math.min(timeoutMs, 2 ** 31 - 1)).unref();
        signal?.addEventListener('abort', giveUp, { once: true });
        outcomes
          .get(messageId)
          ?.then(resolve, reject)
          .finally(() => clearTimeout(timer));
      });
    },
    release: async () => true,
    close: async () => undefined,
    note: async () => undefined,
    async abort({ messageId = '' }) {
      fake.aborted.push(messageId);
      return [messageId];
    },
    resolveSession: (sessionKey) => ({ sessionId: newId('session'), sessionKey, agentId: 'main' }),
    explain: () => Promise.reject(new GatewayError('INTERNAL')),
    approvals: () => [],
    decideApproval: async () => Promise.reject(new GatewayError('APPROVAL_NOT_FOUND')),
    openOn: () => 0,
    resubmit: () => Promise.reject(new GatewayError('DEAD_LETTER_NOT_FOUND')),
    discard: () => Promise.reject(new GatewayError('DEAD_LETTER_NOT_FOUND')),
    activity: () => ({ activeRuns: 2, waitingMessages: 1, openSessions: 4 }),
  };
}
