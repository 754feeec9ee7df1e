/** Callers of every role at a gateway: the door is the real one, only who they are is made up. */
import { GatewayError } from '@openclaw-gateway/events';
import type { FakeGateway } from '../../http/testing/fake-gateway.ts';
import { readBearer } from '../credentials.ts';
import type { AccessRequest, Caller } from '../index.ts';
import { ROLE_NAMES, type Role } from '../roles.ts';

export const CALLERS = ['none', ...ROLE_NAMES] as const;
export type CallerName = (typeof CALLERS)[number];

const PREFIX = 'the-token-of-';

/** Lets these callers in, each by a token of its own. Returns the tokens. */
export function letIn({ parts }: FakeGateway): Readonly<Record<Role, string>> {
  const identify = async ({ headers }: AccessRequest): Promise<Caller | GatewayError> => {
    const token = readBearer(headers);
    if (token === undefined) return new GatewayError('UNAUTHENTICATED');
    const role = ROLE_NAMES.find((name) => token === PREFIX + name);
    return role ? { method: 'token', actor: { type: 'user', id: `usr_${role}` }, roles: [role] } : new GatewayError('TOKEN_MISMATCH');
  };
  const authenticate = async (request: AccessRequest): Promise<Caller> => {
    const caller = await identify(request);
    if (caller instanceof GatewayError) throw caller;
    return caller;
  };
  Object.assign(parts.access, { identify, authenticate });
  return Object.fromEntries(ROLE_NAMES.map((role) => [role, PREFIX + role])) as Record<Role, string>;
}
