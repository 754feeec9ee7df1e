/** Which events make up the audit trail, and of what kind each is. */
import { EVENTS } from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';

export const AUDIT_CLASSES = [
  'authentication',
  'authorization',
  'configuration',
  'admin',
  'tool',
  'data_access',
  'export',
  'retention',
  'gateway',
] as const;
export type AuditClass = (typeof AUDIT_CLASSES)[number];

type AuditSettings = Config['gateway']['logging']['audit'];
export type AuditKind = AuditSettings['events'][number];

/** What each kind of the key `gateway.logging.audit.events` takes in. */
const OF_KIND: Readonly<Record<AuditKind, readonly AuditClass[]>> = {
  authentication: ['authentication'],
  authorization: ['authorization', 'tool'],
  data_access: ['data_access', 'export'],
  configuration_change: ['configuration'],
  admin_action: ['admin', 'retention', 'gateway'],
};

const BY_TYPE: Readonly<Record<string, AuditClass | readonly AuditClass[]>> = {
  'auth.accepted': 'authorization',
  // Someone who is not who he says, or who may not do it.
  'auth.denied': ['authorization', 'authentication'],
  'auth.forbidden': 'authorization',
  'auth.token_issued': 'admin',
  'network.inbound_refused': 'authorization',
  'network.outbound_refused': 'authorization',
  'auth.token_revoked': 'admin',
  'auth.device_approved': 'admin',
  'auth.device_rejected': 'admin',
  'auth.session_revoked': 'admin',
  'message.rejected': 'authorization',
  'tool.approval_requested': 'tool',
  'tool.approval_given': 'tool',
  'tool.approved': 'tool',
  'tool.denied': 'tool',
  'message.resubmitted': 'admin',
  'message.undelivered': 'gateway',
  'message.discarded': 'admin',
  'channel.connecting': 'gateway',
  'channel.degraded': 'gateway',
  'channel.paused': 'admin',
  'channel.draining': 'admin',
  'channel.resumed': 'admin',
  'channel.token_taken': 'admin',
  'view.saved': 'admin',
  'view.removed': 'admin',
  'push.subscribed': 'admin',
  'push.unsubscribed': 'admin',
  'pairing.requested': 'authorization',
  'pairing.approved': 'admin',
  'pairing.rejected': 'admin',
  'pairing.revoked': 'admin',
  'channel.connected': 'gateway',
  'channel.disconnected': 'gateway',
  'channel.probed': 'admin',
  'session.forked': 'admin',
  'session.closed': 'admin',
  'session.noted': 'admin',
  'command.taken': 'admin',
  'session.released': 'admin',
  'run.aborted': 'admin',
  'gateway.projection_resumed': 'admin',
  'audit.exported': 'export',
  'audit.action_requested': 'admin',
  'audit.action_ended': 'admin',
  'alert.silenced': 'admin',
  'alert.unsilenced': 'admin',
};

const BY_AGGREGATE: Readonly<Record<string, AuditClass>> = {
  auth: 'authentication',
  user: 'admin',
  config: 'configuration',
  gateway: 'gateway',
  remote: 'gateway',
  audit: 'data_access',
  data: 'retention',
  backup: 'admin',
  certificate: 'gateway',
  witness: 'gateway',
  network: 'gateway',
  alert: 'gateway',
};

/** The classes of an event type, the first one foremost; none for what is no part of the audit trail. */
export function auditClassesOf(type: string): readonly AuditClass[] {
  return [BY_TYPE[type] ?? BY_AGGREGATE[type.slice(0, type.indexOf('.'))] ?? []].flat();
}

/** The event types of these classes. */
export function typesOfClasses(classes: readonly AuditClass[]): string[] {
  return EVENTS.map(({ type }) => type).filter((type) => auditClassesOf(type).some((of) => classes.includes(of)));
}

/** The classes of the audit trail, as the configuration chooses them; none where it is turned off. */
export function chosenClasses({ enabled, events }: Pick<AuditSettings, 'enabled' | 'events'>): AuditClass[] {
  return enabled ? [...new Set(events.flatMap((kind) => OF_KIND[kind]))] : [];
}
