import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { hash, name } from './shared.ts';

const source = z.enum(['start', 'file', 'command', 'dashboard', 'websocket']);
const change = z.object({
  path: z.string().max(512),
  op: z.enum(['add', 'remove', 'replace']),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
const finding = z.object({
  path: z.string().max(512),
  value: z.string().max(200).optional(),
  expected: z.string().max(500),
  hint: z.string().max(500).optional(),
});

export const ConfigProposed = defineEvent('config.proposed', {
  version: 1,
  description: 'A change to the configuration waits for someone to accept it.',
  schema: z.object({ hash, source, changes: z.array(change) }),
  summary: (d) => `Change proposed: ${d.changes.map((c) => c.path).join(', ')}`,
  retention: 'audit',
});

export const ConfigChanged = defineEvent('config.changed', {
  version: 3,
  description: 'Another configuration is in force. Values of secret keys are masked.',
  schema: z.object({
    hash,
    previousHash: hash.optional(),
    source: z.enum([...source.options, 'rollback']),
    /** Why, in the words of whoever changed it. */
    reason: z.string().max(500).optional(),
    /** The position of the version that was put in force again by a rollback. */
    restoredFrom: z.int().positive().optional(),
    changes: z.array(change),
    restartNeeded: z.array(z.string()),
    /** All that is written, so that any earlier configuration can be read from the log alone; version 1 did not keep it. */
    document: z.record(z.string(), z.unknown()).optional(),
  }),
  upcast: { 1: (data) => data, 2: (data) => data },
  summary: (d) => {
    const what = d.restoredFrom === undefined ? 'Configuration changed' : `Configuration rolled back to that of ${d.restoredFrom}`;
    if (d.changes.length === 0) return d.restoredFrom === undefined ? 'Configuration loaded' : what;
    return `${what}: ${d.changes.map((c) => c.path).join(', ')}${d.reason ? ` (${d.reason})` : ''}`;
  },
  retention: 'audit',
});

export const ConfigRejected = defineEvent('config.rejected', {
  version: 1,
  description: 'A configuration was refused; the last good one stays in force.',
  schema: z.object({ hash: hash.optional(), source: z.enum([...source.options, 'rollback']), code: name, findings: z.array(finding) }),
  summary: (d) => `Configuration refused: ${d.findings.map((f) => `${f.path || 'file'} ${f.expected}`).join('; ')}`,
  retention: 'audit',
  severity: 'error',
});

export const ConfigRolledBack = defineEvent('config.rolled_back', {
  version: 1,
  description: 'An earlier configuration was put in force again.',
  schema: z.object({ hash, previousHash: hash, source, reason: name }),
  summary: (d) => `Configuration rolled back to ${d.hash.slice(0, 12)}: ${d.reason}`,
  retention: 'audit',
  severity: 'warn',
});

export const ConfigTrialStarted = defineEvent('config.trial_started', {
  version: 1,
  description: 'A configuration is in force on trial: it is undone unless somebody confirms it in time.',
  schema: z.object({
    hash,
    previousHash: hash,
    /** How long somebody has to confirm it. */
    windowMs: z.int().positive(),
    /** Whether that time begins with the next start, since keys wait for it. */
    afterRestart: z.boolean(),
  }),
  summary: (d) => `Configuration ${d.hash.slice(0, 12)} on trial for ${d.windowMs / 1000} s${d.afterRestart ? ' from the next start' : ''}`,
  retention: 'audit',
});

export const ConfigConfirmed = defineEvent('config.confirmed', {
  version: 1,
  description: 'A configuration that was on trial stays.',
  schema: z.object({ hash }),
  summary: (d) => `Configuration ${d.hash.slice(0, 12)} confirmed`,
  retention: 'audit',
});

export const ConfigReverted = defineEvent('config.reverted', {
  version: 1,
  description: 'A configuration that was on trial was undone; the one before it is in force again.',
  schema: z.object({
    /** The one that was undone. */
    hash,
    previousHash: hash,
    /** `unhealthy`: the gateway was not well with it. `restarted`: the gateway started again before anybody confirmed it. */
    cause: z.enum(['unconfirmed', 'unhealthy', 'restarted', 'asked']),
    /** What was not well. */
    problem: z.string().max(500).optional(),
  }),
  summary: (d) => `Configuration ${d.hash.slice(0, 12)} undone: ${d.problem ?? d.cause}`,
  retention: 'audit',
  severity: 'warn',
});

export type ConfigState = { readonly hash?: string; readonly document?: Readonly<Record<string, unknown>> };

export const Config = defineAggregate<ConfigState>({
  name: 'config',
  events: [ConfigProposed, ConfigChanged, ConfigRejected, ConfigRolledBack, ConfigTrialStarted, ConfigConfirmed, ConfigReverted],
  initial: () => ({}),
  evolve: (state, event) => {
    if (ConfigRolledBack.is(event)) return { hash: event.data.hash };
    if (!ConfigChanged.is(event)) return state;
    const { hash: inForce, document } = event.data;
    return document ? { hash: inForce, document } : { hash: inForce };
  },
});
