import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { name } from './shared.ts';

/** The rule, and what it is about where a rule watches several things: `channelDown:telegram/default`. */
const alert = name;
const labels = z.record(z.string().max(64), z.string().max(128));

export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];
const severity = z.enum(ALERT_SEVERITIES);

export const AlertFired = defineEvent('alert.fired', {
  version: 1,
  description: 'A rule that operators want to know about has held for as long as it must.',
  schema: z.object({ alert, rule: name, labels, severity, what: z.string().max(500), value: z.number(), threshold: z.number().optional() }),
  summary: (d) => `Alert ${d.alert} (${d.severity}): ${d.what}`,
  retention: 'audit',
  severity: 'warn',
});

export const AlertResolved = defineEvent('alert.resolved', {
  version: 1,
  description: 'What an alert was about is well again (`recovered`), or is not watched any more (`gone`).',
  schema: z.object({ alert, rule: name, reason: z.enum(['recovered', 'gone']) }),
  summary: (d) => `Alert ${d.alert} is over${d.reason === 'gone' ? ': it is not watched any more' : ''}`,
  retention: 'audit',
});

export const AlertNotified = defineEvent('alert.notified', {
  version: 1,
  description: 'A destination was told of an alert. `destination` is a keyed hash of its settings.',
  schema: z.object({ alert, destination: name, notice: z.enum(['fired', 'repeated', 'resolved']) }),
  summary: (d) => `Told ${d.destination} of ${d.alert}: ${d.notice}`,
  retention: 'audit',
});

export const AlertSilenced = defineEvent('alert.silenced', {
  version: 1,
  description: 'An operator wants nobody to be told of a rule until a time.',
  schema: z.object({ rule: name, until: z.int(), reason: z.string().max(500).optional() }),
  summary: (d) => `Alerts of ${d.rule} are silent until ${new Date(d.until).toISOString()}${d.reason ? `: ${d.reason}` : ''}`,
  retention: 'audit',
});

export const AlertUnsilenced = defineEvent('alert.unsilenced', {
  version: 1,
  description: 'An operator ended a silence before its time.',
  schema: z.object({ rule: name }),
  summary: (d) => `Alerts of ${d.rule} are told again`,
  retention: 'audit',
});

/** What was last said to a destination. */
export type AlertNotice = { readonly notice: 'fired' | 'repeated' | 'resolved'; readonly at: number };

export type KnownAlert = {
  readonly rule: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly severity: AlertSeverity;
  /** One sentence for people. */
  readonly what: string;
  readonly value: number;
  readonly threshold?: number | undefined;
  readonly firedAt: number;
  readonly firedPosition: number;
  /** Set once it is over. */
  readonly resolvedAt?: number;
  /** By destination. */
  readonly told: ReadonlyMap<string, AlertNotice>;
};

export type AlertState = {
  /** The last one of each name. */
  readonly alerts: ReadonlyMap<string, KnownAlert>;
  /** Until when, by rule. */
  readonly silences: ReadonlyMap<string, number>;
};

export const Alert = defineAggregate<AlertState>({
  name: 'alert',
  events: [AlertFired, AlertResolved, AlertNotified, AlertSilenced, AlertUnsilenced],
  initial: () => ({ alerts: new Map(), silences: new Map() }),
  evolve: (state, event) => {
    if (AlertFired.is(event)) {
      const { alert: id, ...rest } = event.data;
      return withAlert(state, id, { ...rest, firedAt: event.time, firedPosition: event.position, told: new Map() });
    }
    if (AlertResolved.is(event)) {
      const known = state.alerts.get(event.data.alert);
      return known ? withAlert(state, event.data.alert, { ...known, resolvedAt: event.time }) : state;
    }
    if (AlertNotified.is(event)) {
      const { alert: id, destination, notice } = event.data;
      const known = state.alerts.get(id);
      if (!known) return state;
      return withAlert(state, id, { ...known, told: new Map(known.told).set(destination, { notice, at: event.time }) });
    }
    if (AlertSilenced.is(event)) return { ...state, silences: new Map(state.silences).set(event.data.rule, event.data.until) };
    if (AlertUnsilenced.is(event)) {
      const silences = new Map(state.silences);
      silences.delete(event.data.rule);
      return { ...state, silences };
    }
    return state;
  },
});

function withAlert(state: AlertState, id: string, known: KnownAlert): AlertState {
  return { ...state, alerts: new Map(state.alerts).set(id, known) };
}
