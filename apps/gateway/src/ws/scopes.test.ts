import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROLE_NAMES } from '../access/roles.ts';
import { boundScopes, grantScopes, holdsScope, OPERATOR_SCOPES } from './scopes.ts';

describe('the scopes that a client gets', () => {
  it.each([
    ['admin', undefined, OPERATOR_SCOPES],
    ['admin', ['operator.read'], ['operator.read']],
    ['admin', ['operator.admin'], ['operator.admin']],
    ['viewer', ['operator.admin'], ['operator.read']],
    ['viewer', ['operator.write'], ['operator.read']],
    ['operator', ['operator.admin'], ['operator.read', 'operator.write', 'operator.questions', 'operator.talk']],
    ['approver', ['operator.approvals', 'operator.pairing'], ['operator.approvals']],
    ['user', ['operator.pairing'], []],
  ] as const)('as %s that asks for %j are %j', (role, asked, granted) => {
    expect(boundScopes(grantScopes(asked), { roles: [role] })).toEqual(granted);
  });

  it('are never more than it asked for, nor more than another would get by asking for everything', () => {
    fc.assert(
      fc.property(fc.subarray([...OPERATOR_SCOPES]), fc.subarray([...ROLE_NAMES]), (asked, roles) => {
        const granted = boundScopes(grantScopes(asked), { roles });
        const most = boundScopes(OPERATOR_SCOPES, { roles });
        for (const scope of granted) {
          expect(holdsScope(asked, scope)).toBe(true);
          expect(most).toContain(scope);
        }
      }),
    );
  });
});
