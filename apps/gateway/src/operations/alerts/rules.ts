/** The rules: what each reads in the facts, and whether that is bad. Pure. */
import type { AlertQueries, AlertRuleName, AlertSettings } from '../../config/schema/alerts.ts';
import type { Facts } from './facts.ts';

/**
 * `bad`: beyond the threshold. `well`: clearly on the good side of it. `between`: neither; an alert that fires goes on, none
 * begins, so that a figure that trembles around its threshold tells nobody anything.
 */
export type Level = 'bad' | 'between' | 'well';

export type Reading = {
  /** What it is about, where a rule watches several things. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly threshold?: number;
  readonly level: Level;
  /** One sentence for people. */
  readonly text: string;
};

type Rules = AlertSettings['rules'];
export type RuleSettings = Rules[AlertRuleName];

/** How far on the good side of its threshold a figure must be to be well. */
const MARGIN = 0.1;

export const RULES: { readonly [Name in AlertRuleName]: (facts: Facts, settings: Rules[Name]) => readonly Reading[] } = {
  queueAge: ({ oldestMessageAt, now }, { threshold }) => {
    const ageMs = oldestMessageAt === undefined ? 0 : Math.max(0, now - oldestMessageAt);
    return [above(ageMs, threshold, `The oldest message has waited ${seconds(ageMs)} for its end.`)];
  },

  errorRate: ({ ended, givenUp }, { threshold, minMessages }) => {
    const rate = ended === 0 ? 0 : givenUp / ended;
    const reading = above(rate, threshold, `${givenUp} of the last ${ended} messages got no answer (${Math.round(rate * 100)} %).`);
    return [ended >= minMessages ? reading : { ...reading, level: 'well' }];
  },

  channelDown: ({ channels }) =>
    channels
      .filter(({ enabled }) => enabled)
      .map(({ channel, account, connected, error }) => ({
        labels: { channel, account },
        value: connected ? 0 : 1,
        level: connected ? 'well' : 'bad',
        text: connected
          ? `${channel}/${account} is connected.`
          : `${channel}/${account} is not connected${error ? `: ${error.code}: ${error.message}` : '.'}`,
      })),

  channelSilent: ({ channels, now }, { threshold, atLeast }) =>
    channels
      .filter(({ enabled }) => enabled)
      .map(({ channel, account, lastMessageAt, usualGapMs }) => {
        const silentMs = lastMessageAt === undefined ? 0 : Math.max(0, now - lastMessageAt);
        const usual = usualGapMs === undefined ? '' : `; usually one comes every ${seconds(usualGapMs)}`;
        const text = `${channel}/${account} brought no message for ${seconds(silentMs)}${usual}.`;
        const limitMs = usualGapMs === undefined ? Number.POSITIVE_INFINITY : Math.max(atLeast, usualGapMs * threshold);
        const level = silentMs > limitMs ? 'bad' : 'well';
        return { labels: { channel, account }, value: silentMs, ...(Number.isFinite(limitMs) && { threshold: limitMs }), level, text };
      }),

  diskLow: ({ diskFreeBytes }, { threshold }) => {
    if (diskFreeBytes === undefined) return [];
    const text = `${megabytes(diskFreeBytes)} are free where the state directory lies.`;
    return [below(diskFreeBytes, threshold, text)];
  },

  logContradicted: ({ contradiction }) => [
    {
      labels: {},
      value: contradiction === undefined ? 0 : 1,
      level: contradiction === undefined ? 'well' : 'bad',
      text: contradiction ?? 'Nothing contradicts the log.',
    },
  ],

  projectionLag: ({ projections, head }, { threshold }) =>
    projections
      .filter(({ stopped }) => !stopped)
      .map(({ name, position }) => {
        const lag = Math.max(0, head - position);
        return { ...above(lag, threshold, `The view ${name} is ${lag} events behind the log.`), labels: { projection: name } };
      }),

  projectionStopped: ({ projections }) =>
    projections.map(({ name, stopped, position }) => ({
      labels: { projection: name },
      value: stopped ? 1 : 0,
      level: stopped ? 'bad' : 'well',
      text: stopped ? `The view ${name} stopped at event ${position + 1}; see \`openclaw status\`.` : `The view ${name} goes on.`,
    })),

  tokensPerDay: ({ tokensToday }, { threshold }) => {
    if (threshold === undefined) return [];
    const level = tokensToday > threshold ? 'bad' : 'well';
    return [{ labels: {}, value: tokensToday, threshold, level, text: `The models used ${tokensToday} tokens today (UTC).` }];
  },

  costPerDay: ({ costToday }, { threshold }) => {
    if (threshold === undefined) return [];
    const level = costToday > threshold ? 'bad' : 'well';
    return [{ labels: {}, value: costToday, threshold, level, text: `The models cost ${dollars(costToday)} today (UTC).` }];
  },

  certificateExpiry: ({ certificateExpiresAt, now }, { threshold }) => {
    if (certificateExpiresAt === undefined) return [];
    const leftMs = certificateExpiresAt - now;
    const date = new Date(certificateExpiresAt).toISOString().slice(0, 10);
    const text = leftMs > 0 ? `The TLS certificate expires on ${date}.` : `The TLS certificate expired on ${date}.`;
    return [{ labels: {}, value: leftMs, threshold, level: leftMs < threshold ? 'bad' : 'well', text }];
  },

  exportFailing: ({ outlets }) =>
    outlets.map(({ name, state, problem }) => ({
      labels: { export: name },
      value: state === 'failing' ? 1 : 0,
      level: state === 'failing' ? 'bad' : state === 'starting' ? 'between' : 'well',
      text: state === 'failing' ? `${name} cannot be sent${problem ? `: ${problem}` : '.'}` : `${name} is sent.`,
    })),
};

/** A rule by its name: one of the gateway's, or `query:<name>`. */
export type RuleName = AlertRuleName | `query:${string}`;
export type Found = { readonly rule: RuleName; readonly settings: Pick<RuleSettings, 'for' | 'severity'>; readonly reading: Reading };

export const queryRule = (name: string): RuleName => `query:${name}`;

/** What all enabled rules read, by the names of their alerts. */
export function readAll(facts: Facts, settings: Rules, queries: AlertQueries): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  for (const [name, own] of Object.entries(queries)) {
    const count = facts.matched.get(name);
    if (!own.enabled || count === undefined) continue;
    const { query, window, threshold } = own;
    const text = `${count} events of the last ${seconds(window)} match \`${query.length > 200 ? `${query.slice(0, 200)}…` : query}\`.`;
    const level = count >= threshold ? 'bad' : 'well';
    found.set(queryRule(name), { rule: queryRule(name), settings: own, reading: { labels: {}, value: count, threshold, level, text } });
  }
  for (const rule of Object.keys(RULES) as AlertRuleName[]) {
    const own = settings[rule];
    if (!own.enabled) continue;
    const read = RULES[rule] as (from: Facts, by: RuleSettings) => readonly Reading[];
    for (const reading of read(facts, own)) found.set(alertName(rule, reading.labels), { rule, settings: own, reading });
  }
  return found;
}

/** @example alertName('channelDown', { channel: 'telegram', account: 'default' }) // 'channelDown:telegram/default' */
export function alertName(rule: string, labels: Readonly<Record<string, string>>): string {
  const about = Object.values(labels).join('/');
  return (about === '' ? rule : `${rule}:${about}`).slice(0, 128);
}

function above(value: number, threshold: number, text: string): Reading {
  const level = value > threshold ? 'bad' : value <= threshold * (1 - MARGIN) ? 'well' : 'between';
  return { labels: {}, value, threshold, level, text };
}

function below(value: number, threshold: number, text: string): Reading {
  const level = value < threshold ? 'bad' : value >= threshold * (1 + MARGIN) ? 'well' : 'between';
  return { labels: {}, value, threshold, level, text };
}

function seconds(durationMs: number): string {
  const total = Math.round(durationMs / 1000);
  if (total < 120) return `${total} s`;
  return total < 7200 ? `${Math.round(total / 60)} min` : `${Math.round(total / 3600)} h`;
}

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MB`;
