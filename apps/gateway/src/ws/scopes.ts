import { mayDo, type Permission } from '../access/roles.ts';

/** What an operator may be allowed to do. A wider scope holds the narrower ones. */
export const OPERATOR_SCOPES = [
  'operator.read',
  'operator.write',
  'operator.admin',
  'operator.approvals',
  'operator.questions',
  'operator.pairing',
  'operator.talk',
  'operator.talk.secrets',
] as const;

export type Scope = (typeof OPERATOR_SCOPES)[number];

/** The asked scopes that exist. Who asks for nothing in particular gets what the credential allows: everything. */
export function grantScopes(asked: readonly string[] | undefined): readonly Scope[] {
  if (asked === undefined) return OPERATOR_SCOPES;
  return OPERATOR_SCOPES.filter((scope) => asked.includes(scope));
}

/** What a caller must be able to do, one of these, for a scope to be good for anything. The methods need their own permissions besides. */
const NEEDS: Readonly<Record<Scope, readonly Permission[]>> = {
  'operator.read': ['events.read', 'messages.send'],
  'operator.write': ['messages.send'],
  'operator.admin': ['access.manage'],
  'operator.approvals': ['approvals.decide'],
  'operator.questions': ['messages.send'],
  'operator.pairing': ['access.manage'],
  'operator.talk': ['messages.send'],
  'operator.talk.secrets': ['access.manage'],
};

/** Of these scopes what the caller's roles allow; of one that is too wide for them, the narrower ones in it. */
export function boundScopes(scopes: readonly Scope[], caller: Parameters<typeof mayDo>[0]): readonly Scope[] {
  const isAllowed = (scope: Scope) => NEEDS[scope].some((permission) => mayDo(caller, permission));
  const tooWide = scopes.filter((scope) => !isAllowed(scope));
  return OPERATOR_SCOPES.filter((scope) => isAllowed(scope) && (scopes.includes(scope) || holdsScope(tooWide, scope)));
}

export function holdsScope(granted: readonly Scope[], needed: Scope): boolean {
  if (granted.includes(needed) || granted.includes('operator.admin')) return true;
  return needed === 'operator.read' && granted.includes('operator.write');
}
