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

export function holdsScope(granted: readonly Scope[], needed: Scope): boolean {
  if (granted.includes(needed) || granted.includes('operator.admin')) return true;
  return needed === 'operator.read' && granted.includes('operator.write');
}
