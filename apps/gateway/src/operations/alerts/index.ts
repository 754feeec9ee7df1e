/**
 * Watches the gateway and tells operators what they should know. The state of the alerts is the fold of their events, so it
 * survives a restart; what fires is recorded before anybody is told. Nothing of the pipeline waits for anything here.
 */
import type { Store } from '@openclaw-gateway/db';
import {
  type Actor,
  Alert,
  AlertFired,
  AlertNotified,
  AlertResolved,
  AlertSilenced,
  type AlertState,
  AlertUnsilenced,
  type EventMetadata,
  GatewayError,
  type NewEvent,
  type StoredEvent,
} from '@openclaw-gateway/events';
import type { Config } from '../../config/index.ts';
import type { AlertRuleName, AlertSettings } from '../../config/schema/alerts.ts';
import type { Senders } from '../../parts.ts';
import type { Logger } from '../logs.ts';
import { gauge } from '../metrics/registry.ts';
import { type Step, step, type Watch } from './evaluate.ts';
import { FactKeeper, type FactSources, startOfDay } from './facts.ts';
import { type DestinationStatus, Notifier } from './notify.ts';
import { type Found, queryRule, RULES, type RuleName, readAll } from './rules.ts';

const STREAM = 'alerts';
const SYSTEM: Actor = { type: 'system', id: 'gateway' };
const PAGE = 1000;
/** Silences every rule. */
export const ALL_RULES = 'all';

export type AlertRow = {
  readonly alert: string;
  readonly rule: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly severity: string;
  readonly text: string;
  readonly value: number;
  readonly threshold?: number;
  readonly since: number;
};

export type AlertRuleRow = {
  readonly rule: RuleName;
  /** `idle`: it is on, and there is nothing for it to look at. */
  readonly state: 'off' | 'idle' | 'well' | 'pending' | 'firing';
  readonly severity: string;
  readonly forMs: number;
  readonly threshold?: number;
  readonly silencedUntil?: number;
};

export type AlertList = {
  readonly enabled: boolean;
  readonly evaluatedAt?: number;
  readonly alerts: readonly AlertRow[];
  readonly rules: readonly AlertRuleRow[];
  readonly destinations: readonly DestinationStatus[];
};

export type Alerts = {
  /** Reads what earlier processes left, and begins. */
  readonly start: (config: Config) => Promise<void>;
  /** Takes up another configuration. */
  readonly apply: (config: Config) => void;
  readonly observe: (events: readonly StoredEvent[]) => void;
  readonly list: () => AlertList;
  /** Tells nobody of a rule, or of any, for so long. Throws ALERT_RULE_UNKNOWN. */
  readonly silence: (
    rule: string,
    durationMs: number,
    options: { readonly reason?: string; readonly actor: Actor },
  ) => Promise<{ until: number }>;
  /** Throws ALERT_RULE_UNKNOWN. Resolves with whether there was a silence. */
  readonly unsilence: (rule: string, options: { readonly actor: Actor }) => Promise<boolean>;
  readonly close: () => Promise<void>;
};

export type AlertsOptions = Omit<FactSources, 'head' | 'projections'> & {
  readonly gatewayId: string;
  readonly version: string;
  readonly store: Pick<Store, 'log' | 'views' | 'checkpoints' | 'projections' | 'pseudonym'>;
  readonly senders: Pick<Senders, 'send'>;
  readonly record: (streamId: string, event: NewEvent, metadata?: EventMetadata) => Promise<void>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly now?: () => number;
  readonly random?: () => number;
};

export function createAlerts(options: AlertsOptions): Alerts {
  const { store, record, logger, now = Date.now, random = Math.random } = options;
  const facts = new FactKeeper({ ...options, head: () => store.log.head(), projections: () => store.projections() });
  const watches = new Map<string, Watch>();
  let found: ReadonlyMap<string, Found> = new Map();
  let state: AlertState = Alert.initial();
  let settings: AlertSettings | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let evaluatedAt: number | undefined;
  let startHead = 0;
  let usageReadTo = 0;
  let usageFailed = false;
  let phase: 'new' | 'running' | 'closed' = 'new';

  const ruleNames = (): readonly RuleName[] => [
    ...(Object.keys(RULES) as AlertRuleName[]),
    ...Object.keys(settings?.queries ?? {}).map(queryRule),
  ];
  const notifier = new Notifier({
    gatewayId: options.gatewayId,
    version: options.version,
    senders: options.senders,
    pseudonym: store.pseudonym,
    state: () => silencingAll(state, ruleNames()),
    told: (alert, destination, notice) => record(STREAM, AlertNotified.create({ alert, destination, notice }), { actor: SYSTEM }),
    logger,
    now,
    random,
  });

  /** What was used today before this process began. Read once, and only when somebody wants to know. */
  const readUsage = async ({ rules: { tokensPerDay, costPerDay } }: AlertSettings): Promise<void> => {
    if (![tokensPerDay, costPerDay].some(({ enabled, threshold }) => enabled && threshold !== undefined)) return;
    const filter = { types: ['model.responded', 'session.compacted'], fromTime: startOfDay(now()) };
    try {
      while (usageReadTo < startHead) {
        const { rows, scannedTo } = await store.views.matching(filter, { after: usageReadTo, limit: PAGE });
        for (const event of rows) if (event.position <= startHead) facts.addUsage(event);
        if (scannedTo <= usageReadTo) break;
        usageReadTo = scannedTo;
      }
      usageFailed = false;
    } catch (error) {
      if (!usageFailed) logger.warn({ err: error }, 'what the models used today could not be read; it is tried again');
      usageFailed = true;
    }
  };

  const look = async (): Promise<void> => {
    if (!settings?.enabled) return;
    const current = settings;
    await readUsage(current);
    found = readAll(await facts.read(now()), current.rules, current.queries);
    for (const name of new Set([...watches.keys(), ...found.keys()])) await follow(name, found.get(name), current);
    evaluatedAt = now();
    notifier.look();
  };

  const follow = async (name: string, at: Found | undefined, { resolveAfter }: AlertSettings): Promise<void> => {
    const timing = { forMs: at?.settings.for ?? 0, resolveAfterMs: resolveAfter };
    const next = step(watches.get(name), at?.reading, timing, now());
    await recordStep(name, at, next);
    if (next.watch) watches.set(name, next.watch);
    else watches.delete(name);
  };

  /** Throws when the log does not take it; the step is tried again then. */
  const recordStep = async (name: string, at: Found | undefined, { record: what }: Step): Promise<void> => {
    if (what === undefined) return;
    if (what === 'fired' && at) {
      const { labels, value, threshold, text } = at.reading;
      const data = { alert: name, rule: at.rule, labels, severity: at.settings.severity, what: text.slice(0, 500), value };
      logger.warn({ alert: name, severity: at.settings.severity }, text);
      return record(STREAM, AlertFired.create(threshold === undefined ? data : { ...data, threshold }), { actor: SYSTEM });
    }
    const known = state.alerts.get(name);
    if (!known || what === 'fired') return;
    logger.info({ alert: name }, 'an alert is over');
    return record(STREAM, AlertResolved.create({ alert: name, rule: known.rule, reason: what }), { actor: SYSTEM });
  };

  const schedule = (): void => {
    clearTimeout(timer);
    if (phase !== 'running' || !settings) return;
    timer = setTimeout(() => {
      looking = look()
        .catch((error: unknown) => logger.error({ err: error }, 'the alerts could not be looked at; it is tried again'))
        .finally(schedule);
    }, settings.interval);
    timer.unref();
  };

  const apply = (config: Config): void => {
    settings = config.gateway.monitoring.alerts;
    facts.countOver(settings.rules.errorRate.window);
    facts.countQueries(settings.queries);
    notifier.apply(settings.enabled ? settings.destinations : [], settings.repeat);
    schedule();
  };

  const knownRule = (rule: string): void => {
    if (rule === ALL_RULES || ruleNames().some((name) => name === rule)) return;
    const names = ruleNames().join(', ');
    throw new GatewayError('ALERT_RULE_UNKNOWN', { message: `There is no alert rule "${rule}". The rules are ${names}, or "all".` });
  };

  gauge('openclaw_alerts', (set) => {
    const counts = new Map<string, number>();
    for (const [name, { phase }] of watches) {
      const key = `${found.get(name)?.rule ?? state.alerts.get(name)?.rule ?? name} ${phase}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const rule of ruleNames()) {
      for (const phase of ['pending', 'firing']) set({ rule, state: phase }, counts.get(`${rule} ${phase}`) ?? 0);
    }
  });
  const stopListening = store.checkpoints.onContradiction((size) => {
    facts.contradicted(`The log is not the one that its checkpoint of ${size} events was signed for; run \`openclaw audit verify\`.`);
  });

  return {
    start: async (config) => {
      startHead = store.log.head();
      state = await readState(store, state);
      for (const [name, { resolvedAt, firedAt }] of state.alerts) {
        if (resolvedAt === undefined) watches.set(name, { phase: 'firing', since: firedAt });
      }
      // Only a check that finds it whole takes this back, never a restart.
      const contradiction = state.alerts.get('logContradicted');
      if (contradiction && contradiction.resolvedAt === undefined) facts.contradicted(contradiction.what);
      phase = 'running';
      apply(config);
    },
    // Before the start nobody knows yet what fires already.
    apply: (config) => {
      if (phase === 'running') apply(config);
    },
    observe: (events) => {
      facts.observe(events);
      for (const event of events) if (event.streamId === STREAM) state = Alert.evolve(state, event);
    },
    list: () => ({
      enabled: settings?.enabled ?? false,
      ...(evaluatedAt !== undefined && { evaluatedAt }),
      alerts: rowsOf(watches, found, state),
      rules: settings ? ruleRows(settings, watches, found, silencingAll(state, ruleNames()), now()) : [],
      destinations: notifier.status(),
    }),
    silence: async (rule, durationMs, { reason, actor }) => {
      knownRule(rule);
      const until = now() + durationMs;
      await record(STREAM, AlertSilenced.create(reason === undefined ? { rule, until } : { rule, until, reason }), { actor });
      return { until };
    },
    unsilence: async (rule, { actor }) => {
      knownRule(rule);
      if ((state.silences.get(rule) ?? 0) <= now()) return false;
      await record(STREAM, AlertUnsilenced.create({ rule }), { actor });
      return true;
    },
    close: async () => {
      phase = 'closed';
      clearTimeout(timer);
      stopListening();
      await looking;
      await notifier.close();
    },
  };
}

async function readState({ log }: Pick<Store, 'log'>, initial: AlertState): Promise<AlertState> {
  let state = initial;
  let afterVersion = 0;
  while (log.head() > 0) {
    const page = await log.readStream(STREAM, { afterVersion, limit: PAGE });
    for (const event of page) state = Alert.evolve(state, event);
    afterVersion += page.length;
    if (page.length < PAGE) break;
  }
  return state;
}

/** A silence of everything is one of each rule. */
function silencingAll(state: AlertState, rules: readonly RuleName[]): AlertState {
  const all = state.silences.get(ALL_RULES);
  if (all === undefined) return state;
  const silences = new Map(rules.map((rule) => [rule, Math.max(all, state.silences.get(rule) ?? 0)]));
  return { ...state, silences };
}

function rowsOf(watches: ReadonlyMap<string, Watch>, found: ReadonlyMap<string, Found>, state: AlertState): readonly AlertRow[] {
  return [...watches].flatMap(([name, { phase, since }]) => {
    const at = found.get(name);
    const known = state.alerts.get(name);
    const about = at ? { rule: at.rule, severity: at.settings.severity, ...at.reading } : known && { ...known, text: known.what };
    if (!about) return [];
    const { rule, labels, severity, text, value, threshold } = about;
    const row = { alert: name, rule, labels, state: phase, severity, text, value, since };
    return [threshold === undefined ? row : { ...row, threshold }];
  });
}

function ruleRows(
  { enabled, rules, queries }: AlertSettings,
  watches: ReadonlyMap<string, Watch>,
  found: ReadonlyMap<string, Found>,
  { silences }: AlertState,
  now: number,
): readonly AlertRuleRow[] {
  const all = [
    ...(Object.keys(RULES) as AlertRuleName[]).map((rule) => ({ rule, own: rules[rule] })),
    ...Object.entries(queries).map(([name, own]) => ({ rule: queryRule(name), own })),
  ];
  return all.map(({ rule, own }) => {
    const names = [...found].filter(([, at]) => at.rule === rule).map(([name]) => name);
    const phases = names.map((name) => watches.get(name)?.phase);
    const busy = phases.includes('firing') ? 'firing' : phases.includes('pending') ? 'pending' : names.length > 0 ? 'well' : 'idle';
    const threshold = 'threshold' in own ? own.threshold : undefined;
    const silencedUntil = silences.get(rule) ?? 0;
    return {
      rule,
      state: enabled && own.enabled ? busy : 'off',
      severity: own.severity,
      forMs: own.for,
      ...(threshold !== undefined && { threshold }),
      ...(silencedUntil > now && { silencedUntil }),
    };
  });
}
