/**
 * What roles there are and what each may do: the one table that every door asks. A door names the permission that a route, a
 * procedure or a method needs (`permissions.ts` beside it); nobody asks for a role by name.
 */

export const PERMISSIONS = {
  'messages.send': 'Write to agents, and follow the own messages.',
  'status.read': 'See how the gateway and its channels are.',
  'events.read': 'Read events, conversations, routing decisions and the log of the process.',
  'metrics.read': 'Read metrics and alerts.',
  'sessions.control': 'Stop runs, resend, fork and close conversations; replay them.',
  'channels.control': 'Pause, resume and probe channels.',
  'alerts.control': 'Silence alerts.',
  'approvals.decide': 'Approve or deny what a tool asks for.',
  'audit.read': 'Read the audit trail: who did, saw and changed what, and verify the log.',
  'audit.export': 'Export events and the audit trail, masked.',
  'content.reveal': 'See what is masked; each look is recorded. To take it out unmasked needs a fresh proof of who it is.',
  'config.read': 'Read the configuration, without its secrets.',
  'config.write': 'Change the configuration.',
  'data.erase': 'Erase a person, place legal holds, change retention.',
  'access.read': 'See users, tokens and login sessions.',
  'access.manage': 'Make, change and revoke users, roles and tokens; needs a fresh proof of who it is.',
  'gateway.control': 'Stop, back up and restore the gateway, and change its log level.',
} as const satisfies Readonly<Record<string, string>>;

export type Permission = keyof typeof PERMISSIONS;

const VIEWS = ['status.read', 'events.read', 'metrics.read'] as const satisfies readonly Permission[];

/** `user` writes to agents and sees the own conversations only; an auditor reads everything and changes nothing. */
export const ROLES = {
  user: ['messages.send'],
  viewer: VIEWS,
  operator: [...VIEWS, 'messages.send', 'sessions.control', 'channels.control', 'alerts.control', 'config.read'],
  approver: [...VIEWS, 'approvals.decide'],
  auditor: [...VIEWS, 'audit.read', 'audit.export', 'content.reveal', 'config.read', 'access.read'],
  admin: Object.keys(PERMISSIONS) as readonly Permission[],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

export type Role = keyof typeof ROLES;
export const ROLE_NAMES = Object.keys(ROLES) as readonly Role[] as readonly [Role, ...Role[]];

/** What a caller may be held against: roles, and the permissions to which a token narrows them. */
export type Granted = { readonly roles: readonly Role[]; readonly permissions?: readonly Permission[] | undefined };

/**
 * Whether somebody with these roles may do something. A token's own list can only take away.
 * @example mayDo({ roles: ['viewer'] }, 'config.write') // false
 * @example mayDo({ roles: ['admin'], permissions: ['status.read'] }, 'config.write') // false
 */
export function mayDo({ roles, permissions }: Granted, permission: Permission): boolean {
  if (permissions !== undefined && !permissions.includes(permission)) return false;
  return roles.some((role) => (ROLES[role] as readonly Permission[]).includes(permission));
}

/** Everything that somebody may do. @example permissionsOf({ roles: ['user'] }) // ['messages.send'] */
export function permissionsOf(granted: Granted): readonly Permission[] {
  return (Object.keys(PERMISSIONS) as Permission[]).filter((permission) => mayDo(granted, permission));
}
