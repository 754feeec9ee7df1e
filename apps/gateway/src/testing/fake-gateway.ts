/** The gateway's parts as small as they can be, for tests of its doors: what they are asked is kept, and what they say is the test's. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventMetadata, GatewayError, type NewEvent, newId } from '@openclaw-gateway/events';
import pino from 'pino';
import { type Access, createAccess } from '../access/index.ts';
import { createIsolation } from '../access/isolation.ts';
import { NO_ATTACHMENTS } from '../attachments/none.ts';
import { NO_AUDIT } from '../audit/index.ts';
import { configSchema } from '../config/schema/index.ts';
import { createConfigTrials, trialPathIn } from '../config/trial.ts';
import { ExportJobs } from '../export/index.ts';
import { createFloods } from '../floods/index.ts';
import { createLogCheck } from '../integrity/index.ts';
import { egress } from '../operations/egress/index.ts';
import { type Sample, sampleProcess, watchMemory } from '../operations/memory.ts';
import { createTls } from '../operations/tls/index.ts';
import { createPairing } from '../pairing/index.ts';
import type { ChannelStatus, Parts, Phase } from '../parts.ts';
import { createPush } from '../push/index.ts';
import { Replays } from '../replays/index.ts';
import { DataControl } from '../retention/data-control.ts';
import { createSavedViews } from '../saved-views/index.ts';
import { fakePipeline, type PipelineState } from './fake-pipeline.ts';
import { fakeStore, type StoreState } from './fake-store.ts';

export type FakeGateway = Awaited<ReturnType<typeof createFakeGateway>>;

type State = PipelineState &
  StoreState & {
    readonly stateDir: string;
    readonly recorded: { readonly event: NewEvent; readonly metadata: EventMetadata | undefined }[];
    /** The lines of the log. */
    readonly logged: string[];
    readonly shutdowns: string[];
    channels: ChannelStatus[];
    phase: Phase;
    /** What the process seems to take, in bytes; what it really does when left out. */
    sample: Sample | undefined;
    /** What a channel's account answers its service. */
    called: Parts['channels']['webhook'];
  };

/** `access` takes the place of the real one, which keeps its files in the fake's own folder. */
export async function createFakeGateway(config: object = {}, access?: Access) {
  const stateDir = await mkdtemp(join(tmpdir(), 'gateway-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(stateDir, { recursive: true }));
  const state: State = {
    stateDir,
    submissions: [],
    runs: [],
    aborted: [],
    commit: Promise.resolve(),
    respond: undefined,
    refuse: () => undefined,
    rows: [],
    sessions: [],
    states: new Map(),
    views: {},
    stats: { head: 0, pendingEvents: 0, pendingBytes: 0, fileBytes: 4096, walBytes: 0 },
    recorded: [],
    logged: [],
    shutdowns: [],
    channels: [],
    phase: 'ready',
    sample: undefined,
    called: async () => ({ status: 200 }),
  };
  const logger = pino({ level: 'debug' }, { write: (line: string) => state.logged.push(line) });
  const listeners = new Set<Parameters<Parts['config']['onChange']>[0]>();
  const configPath = join(stateDir, 'openclaw.json');
  const snapshot = { config: configSchema.parse(config), hash: 'c0ffee00', path: configPath, exists: true, source: 'start' };
  const configStore = {
    current: () => snapshot,
    onChange: (listener: never) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as Parts['config'];
  const settings = () => snapshot.config;
  const record = async (_: string, event: NewEvent, metadata?: EventMetadata) => void state.recorded.push({ event, metadata });
  const { store, append, say } = fakeStore(state);
  const { pipeline, publish, answer } = fakePipeline(state);
  const { pseudonym } = store;
  const gatewayId = newId('gateway');
  const version = '1.2.3';
  const floods = createFloods({ settings: () => settings().gateway.security.ddos, record, pseudonym, logger });
  const realAccess = () =>
    createAccess({ gatewayId, onDenial: floods.denied, stateDir, config: configStore, env: {}, record, pseudonym, logger });
  const isolation = stack.adopt(createIsolation({ config: configStore, record, pseudonym, logger }), (part) => part.close());
  const tls = stack.adopt(
    await createTls({ stateDir, configPath, config: settings(), record: (event) => record('certificate', event), logger }),
    (part) => part.close(),
  );
  const memory = stack.adopt(
    watchMemory({
      limit: () => settings().gateway.limits.memory,
      record: (event) => record('gateway', event),
      logger,
      isQuiet: () => false,
      sample: () => state.sample ?? sampleProcess(),
    }),
    (part) => part.close(),
  );
  const doors = access ?? stack.adopt(await realAccess(), (part) => part.close());
  const parts: Parts = {
    gatewayId,
    version,
    stateDir,
    startedAt: Date.now() - 1000,
    phase: () => state.phase,
    config: configStore,
    configTrials: createConfigTrials({
      store: configStore,
      record: (event) => record('config', event),
      path: trialPathIn(stateDir),
      problems: () => [],
      restart: () => undefined,
      logger,
    }),
    store,
    pipeline,
    pairing: createPairing({ store }),
    savedViews: createSavedViews({ store }),
    testMessage: () => Promise.reject(new GatewayError('CHANNEL_NOT_FOUND')),
    channelHolds: { hold: () => Promise.reject(new GatewayError('CHANNEL_NOT_FOUND')) },
    channels: {
      status: () => state.channels,
      probe: async () => state.channels.map(({ channel, account }) => ({ channel, account, ok: true, steps: [] })),
      webhook: (...call) => state.called(...call),
    },
    access: doors,
    push: createPush({
      store,
      people: doors.people,
      egress,
      waiting: () => pipeline.approvals(),
      contact: () => 'https://gateway.example',
      logger,
    }),
    isolation,
    floods,
    tls,
    data: new DataControl({ store, config: settings, now: Date.now }),
    exports: new ExportJobs({ stateDir, gatewayId, version, record: async () => undefined }),
    attachments: NO_ATTACHMENTS,
    audit: NO_AUDIT,
    replays: new Replays({
      stateDir,
      store,
      tools: () => [],
      models: { resolve: () => Promise.reject(new GatewayError('MODEL_NOT_CONFIGURED')), priceOf: () => undefined },
    }),
    auditFeed: { apply: async () => undefined, status: () => ({ state: 'off' }), close: async () => undefined },
    witnesses: { apply: async () => undefined, status: () => [], file: () => undefined, close: async () => undefined },
    retentionSchedule: () => undefined,
    scheduledCheck: { nextAt: () => undefined },
    logCheck: createLogCheck({ stateDir, record: async () => undefined, witnessFile: () => undefined }),
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
    shutdown: (reason) => state.shutdowns.push(reason),
  };
  const resources = stack.move();
  return Object.assign(state, {
    parts,
    tls,
    append,
    say,
    publish,
    answer,
    /** Puts another configuration in force. */
    change(next: object): void {
      Object.assign(snapshot, { config: configSchema.parse(next) });
      for (const listener of listeners) listener({ snapshot } as never, snapshot as never);
    },
    run(index: number) {
      const run = state.runs[index];
      if (!run) throw new Error(`no run ${index}`);
      return run;
    },
    close: () => resources.disposeAsync(),
  });
}
