/** Whether somebody who is known may make a call: by his permissions, and by the rules of `gateway.auth.acl`. Doors ask here. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Parts } from '../parts.ts';
import { type AclCall, judgeByAcl } from './acl.ts';
import type { AccessRequest, Caller } from './index.ts';
import { type Need, permissionIn, type Reach, reachOf } from './permissions.ts';
import type { Refusal } from './refusals.ts';
import { mayDo, PERMISSIONS, type Permission, ROLE_NAMES } from './roles.ts';

export type Call = {
  readonly door: Refusal['door'];
  readonly caller: Caller;
  readonly need: Need;
  /** As the tables name it: `PATCH /api/config`, `events.list`. */
  readonly target: string;
  readonly client: AccessRequest['socket'];
  /** What the rules judge by; nothing where they were asked before. */
  readonly acl?: AclCall;
};

type Asked = Pick<Parts, 'access' | 'config'>;

/** How far the call reaches. Records a refusal and throws `FORBIDDEN` with what is missing. */
export function authorise({ access, config }: Asked, call: Call): Reach {
  const { caller, need, acl, door, target, client } = call;
  const refuse = (rule: string, error: GatewayError): never => {
    access.recordRefusal({ door, caller, target, rule, error, client });
    throw error;
  };
  const verdict = acl && judgeByAcl(config.current().config.gateway.auth.acl, acl, caller.roles);
  if (verdict && !verdict.allowed) return refuse(verdict.rule, ruledOut(verdict.rule, caller));
  const reach = reachOf(caller, need);
  const permission = permissionIn(need);
  return reach ?? refuse(permission ?? 'none', lacks(permission, caller));
}

/** Records a refusal and throws `FORBIDDEN` unless the caller has a permission that a call needs besides that of its route. */
export function demand(parts: Asked, call: Omit<Call, 'acl' | 'need'>, permission: Permission): void {
  authorise(parts, { ...call, need: permission });
}

function lacks(permission: Permission | undefined, { roles }: Caller): GatewayError {
  const what = permission === undefined ? '' : `: ${PERMISSIONS[permission]}`;
  return new GatewayError('FORBIDDEN', {
    message: `This needs the permission ${permission ?? 'of its own'}${what} ${having(roles)}`,
    details: {
      permission,
      roles,
      rolesThatMay: permission === undefined ? [] : rolesThatMay(permission),
      remedy: 'Ask whoever manages access for a role that has it, or use another token.',
    },
  });
}

function rolesThatMay(permission: Permission): readonly string[] {
  return ROLE_NAMES.filter((role) => mayDo({ roles: [role] }, permission));
}

function ruledOut(rule: string, { roles }: Caller): GatewayError {
  return new GatewayError('FORBIDDEN', {
    message: `${rule} of the configuration does not let this call through. ${having(roles)}`,
    details: { rule, roles, remedy: `Change ${rule}; it is read anew when the file is saved.` },
  });
}

const having = (roles: Caller['roles']) => `The caller has the ${roles.length === 1 ? 'role' : 'roles'} ${roles.join(', ') || 'none'}.`;
