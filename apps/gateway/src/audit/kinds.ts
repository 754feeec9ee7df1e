/** Which kinds of `gateway.logging.audit.events` an event is only recorded for. What is not here is recorded whatever they say. */
import type { Config } from '../config/index.ts';

export type AuditSettings = Config['gateway']['logging']['audit'];
export type AuditKind = AuditSettings['events'][number];

/**
 * The log itself needs the others: a message's admission is part of its way, a configuration or a token that is in force, a hold
 * and a silence are read from it again, and an export is proved by it.
 */
const ONLY_FOR: Readonly<Record<string, readonly AuditKind[]>> = {
  'auth.login': ['authentication'],
  'auth.logout': ['authentication'],
  'auth.denied': ['authentication', 'authorization'],
  'auth.proved': ['authentication'],
  'auth.forbidden': ['authorization'],
  'network.inbound_refused': ['authorization'],
  'network.outbound_refused': ['authorization'],
  'audit.accessed': ['data_access'],
  'audit.viewed': ['data_access'],
  'audit.revealed': ['data_access'],
  'audit.action_requested': ['admin_action'],
  'audit.action_ended': ['admin_action'],
};

/** Whether a kind of audit events is switched on. */
export function isOn({ enabled, events }: Pick<AuditSettings, 'enabled' | 'events'>, kind: AuditKind): boolean {
  return enabled && events.includes(kind);
}

/** Whether an event of this type is recorded under these settings. */
export function isRecorded(type: string, settings: Pick<AuditSettings, 'enabled' | 'events'>): boolean {
  return ONLY_FOR[type]?.some((kind) => isOn(settings, kind)) ?? true;
}
